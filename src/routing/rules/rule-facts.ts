import { toValue } from '../../conditions/to-value.ts';

/** How a queue stands, for rules. Seconds and numbers. */
export interface QueueLoad {
  readonly waiting: number;
  /** Seconds, of whoever waits there longest. */
  readonly longestWait: number;
  /** Agents of the queue who are available, whatever they have in hand. */
  readonly available: number;
  /** Of those, who have capacity for one session more. */
  readonly free: number;
}

/** What the condition of a rule may look at. Absent texts are empty. */
export interface RuleFacts {
  /** The name under which the customer reached the tenant, where the network says. */
  readonly identifier: string;
  readonly line: string;
  readonly network: string;
  /** What the customer has sent so far: kinds of content. */
  readonly media: readonly string[];
  /** What the customer's app tells of itself. */
  readonly app: {
    readonly client: string;
    readonly language: string;
    readonly parameters: Readonly<Record<string, string>>;
  };
  readonly contact: {
    readonly id: string;
    readonly name: string;
    readonly phone: string;
    readonly address: string;
    readonly details: Readonly<Record<string, string>>;
    /** Earlier ones with this customer. */
    readonly sessions: number;
  };
  /** Of the session: answers of dialogs, and what an application set. JSON data. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** BCP 47. */
  readonly language: string;
  /** By calendar. */
  readonly hours: Readonly<Record<string, 'open' | 'closed'>>;
  /** By queue. */
  readonly load: Readonly<Record<string, QueueLoad>>;
  /** Of the first message, cut. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Of the first message, so much is looked at. */
export const textLength = 1000;

/* What CEL knows the parts of the facts by: their classes. */
export class AppFacts extends Map<string, unknown> {}
export class ContactFacts extends Map<string, unknown> {}
export class HoursFacts extends Map<string, unknown> {}
export class LoadFacts extends Map<string, unknown> {}
export class QueueLoadFacts extends Map<string, unknown> {}

/** The facts as values of the expression language: its whole numbers are bigints. */
export function toVariables(facts: RuleFacts): Record<string, unknown> {
  const { app, contact, attributes, hours, load, text, now, ...plain } = facts;
  const shownAttributes = toValue(attributes);
  const loads = Object.entries(load).map(
    ([queue, figures]) => [queue, new QueueLoadFacts(wholeNumbers({ ...figures }))] as const,
  );
  return {
    ...plain,
    app: new AppFacts(Object.entries(app)),
    contact: new ContactFacts(Object.entries({ ...contact, sessions: BigInt(contact.sessions) })),
    attributes: shownAttributes,
    answers: shownAttributes,
    hours: new HoursFacts(Object.entries(hours)),
    load: new LoadFacts(loads),
    text: text.slice(0, textLength),
    now: new Date(now),
  };
}

function wholeNumbers(figures: Readonly<Record<string, number>>): [string, bigint][] {
  return Object.entries(figures).map(([name, value]) => [name, BigInt(Math.round(value))]);
}
