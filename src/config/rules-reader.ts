import { InputRefused } from '../directory/kept/input-refused.ts';
import type { RulesReader } from '../sessions/rule-desk/rules-reader.ts';
import { problemsOf } from './issue-words.ts';
import { ruleFaults } from './rule-faults.ts';
import { rules as schema } from './rules-schema.ts';
import { toRules } from './to-rules.ts';

/** Rules that come by REST are held to what the config file's are. */
export const rulesReader: RulesReader = {
  read(input, tenant) {
    const read = schema.safeParse(input);
    if (!read.success) throw new InputRefused(problemsOf(read.error.issues, input, [], () => false));
    const agents = [...tenant.agents.values()];
    const faults = ruleFaults(read.data, {
      queues: [...tenant.queues.keys()],
      calendars: [...(tenant.calendars?.keys() ?? [])],
      agents: agents.map(({ id }) => id),
      teams: agents.flatMap(({ teams }) => teams ?? []),
    });
    if (faults.length > 0) throw new InputRefused(faults);
    return { given: read.data, rules: toRules(read.data) };
  },
};
