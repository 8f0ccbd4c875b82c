import { rules as schema } from '../../src/config/rules-schema.ts';
import { declaredRules } from '../../src/config/to-rules.ts';
import { compileRules, type CompiledRules } from '../../src/routing/rules/compile-rules.ts';
import type { RuleFacts } from '../../src/routing/rules/rule-facts.ts';

const queues = Array.from({ length: 10 }, (_, index) => `queue-${String(index)}`);
const quiet = { waiting: 3, longestWait: 20, available: 2, free: 1 };

/** What a session brings that none of the rules is for, so that all of them are looked at. */
export const ruledSession: RuleFacts = {
  identifier: 'support@acme.example',
  line: 'front',
  network: 'sms',
  media: ['text'],
  app: { client: 'acme-ios', language: 'fr-CH', parameters: { plan: 'gold' } },
  contact: {
    id: 'c',
    name: 'Cora',
    phone: '+41441234567',
    address: '+41441234567',
    details: {},
    sessions: 3,
  },
  attributes: { topic: 'billing', amount: 250, tags: ['vip', 'late'] },
  language: 'fr-CH',
  hours: { office: 'open' },
  load: Object.fromEntries(queues.map((queue) => [queue, quiet])),
  text: 'Bonjour, ma facture de mai est fausse, et personne ne m’a répondu depuis deux semaines.',
  now: Date.UTC(2026, 4, 4, 9, 30),
};

/** A hundred rules as operators write them. */
export function hundredRules(): CompiledRules {
  const kinds = [
    (n: number) => `network == "xmpp" && line == "line-${String(n)}"`,
    (n: number) => `language.startsWith("de") || attributes.topic == "topic-${String(n)}"`,
    (n: number) => `contact.phone.startsWith("+${String(50 + n)}") && hours.office == "open"`,
    (n: number) => `load["queue-${String(n % 10)}"].waiting > ${String(10 + n)}`,
    (n: number) => `text.mentions(["word-${String(n)}", "invoice"])`,
  ];
  const given = Array.from({ length: 100 }, (_, n) => ({
    name: `rule ${String(n)}`,
    when: kinds[n % kinds.length]?.(n),
    queue: `queue-${String(n % 10)}`,
  }));
  return compileRules(declaredRules(schema.parse(given)), { calendars: ['office'], queues });
}
