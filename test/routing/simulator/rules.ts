import { rules as schema } from '../../../src/config/rules-schema.ts';
import { declaredRules } from '../../../src/config/to-rules.ts';
import { applyRules, type RulesResult } from '../../../src/routing/rules/apply-rules.ts';
import { compileRules } from '../../../src/routing/rules/compile-rules.ts';
import type { QueueLoad } from '../../../src/routing/rules/rule-facts.ts';

const given = schema.parse([
  { name: 'Web is in a hurry', when: 'network == "web"', priority: 1, continue: true },
  {
    name: 'French speak French',
    when: 'language == "fr"',
    requiredSkills: { french: 1 },
    rings: [{ afterSeconds: 75, agents: ['agent-0', 'agent-1'], dropSkills: ['french'] }],
    continue: true,
  },
  {
    name: 'Many wait for support',
    when: 'line == "support" && load.support.waiting > 20 && load.support.free == 0',
    rings: [{ afterSeconds: 20, agents: ['agent-7', 'agent-8', 'agent-9'] }],
  },
  {
    name: 'Bills at last by support',
    when: 'line == "billing"',
    overflow: [{ queue: 'support', afterSeconds: 420 }],
  },
]);
const queues = ['support', 'sales', 'billing'];
const compiled = compileRules(declaredRules(given), { calendars: [], queues });

/** What the tenant's rules say of a session that comes, or comes to another queue. */
export function ruled(session: {
  readonly queue: string;
  readonly network: string;
  readonly media: readonly string[];
  readonly language: string;
  readonly load: Readonly<Record<string, QueueLoad>>;
  readonly now: number;
}): RulesResult {
  const { queue, network, media, language, load, now } = session;
  return applyRules(compiled, {
    identifier: '',
    line: queue,
    network,
    media,
    app: { client: '', language, parameters: {} },
    contact: { id: '', name: '', phone: '', address: '', details: {}, sessions: 0 },
    attributes: {},
    language,
    hours: {},
    load,
    text: '',
    now,
  });
}
