import type { AgentId, QueueId } from '../platform/ids.ts';
import type { JsonValue } from '../platform/json-value.ts';
import type { SkillLevels } from '../directory/routing-policy.ts';

/**
 * What a service wants done, in order: the words of contact-centre applications (design, 4; TwiML's where it has them). A
 * service, a dialog and an application over HTTP give the same ones. JSON data.
 *
 * A session's programme is the list of those that are still to be done (src/services/programme). It always ends in front of an agent or
 * with the end of the session: one that runs out, fails or turns in circles leads to the queue of the line.
 */
export type Instruction =
  /** `once`: not said again in the same session under the same name. */
  | { readonly do: 'say'; readonly text: string; readonly once?: string }
  /** A file behind a URL that somebody else chose: fetched through the guarded client, as a job. */
  | { readonly do: 'play'; readonly url: string; readonly text?: string }
  | ({ readonly do: 'ask' } & Question)
  | { readonly do: 'pause'; readonly ms: number }
  /** Goes on with what the application at this URL answers. Nothing after it is done. */
  | { readonly do: 'redirect'; readonly url: string }
  /** To wait for an agent; who gets the session is routing's affair. What comes after it is done if the session leaves the queue without one. */
  | ({ readonly do: 'enqueue' } & EnqueueRequest)
  /** Out of the queue, on with what comes after the `enqueue` that led into it. Nothing where it is in none. */
  | { readonly do: 'leave' }
  /** Shows the customer a web page (a `page` message: a link where the network has none). */
  | { readonly do: 'page'; readonly url: string; readonly title?: string }
  /** Nothing after it is done. */
  | { readonly do: 'transfer'; readonly to: { readonly agent: AgentId } | { readonly queue: QueueId } }
  | { readonly do: 'set'; readonly attributes: Attributes }
  | { readonly do: 'end'; readonly text?: string }
  /** Asks an application of the tenant what to do; what it answers is done in place of this and of all that follows. */
  | {
      readonly do: 'request';
      readonly application: string;
      readonly event: string;
      readonly parameters?: Attributes;
    }
  /** Goes on with a dialog of the tenant, from its beginning or from a step. Nothing after it is done. */
  | { readonly do: 'dialog'; readonly dialog: string; readonly step?: string }
  /** Asks a server for something and keeps it as attributes. */
  | ({ readonly do: 'lookUp' } & LookUp)
  /** To the agents of the line's queue; they are told the reason. Nothing after it is done. */
  | { readonly do: 'human'; readonly reason?: string };

export type { JsonValue };

/** Of a session: answers, what was looked up, what applications set. At most 16 KiB as JSON. */
export type Attributes = Readonly<Record<string, JsonValue>>;

/** What the customer is asked, and how an answer is understood. */
export interface Question {
  /** Under which attribute of the session the answer is kept. */
  readonly name: string;
  /** Empty: it was asked by what came before. */
  readonly text: string;
  readonly answer: AnswerKind;
  /** What is said to an answer that is not understood; then it is asked again. */
  readonly again?: string;
  /** How often it is asked in all; after that the question counts as failed. */
  readonly attempts: number;
  /** How long the customer has for an answer. */
  readonly timeoutMs: number;
  /** The application that gets the answer (TwiML's `action` of `Gather`). Without an answer it goes on with what comes next. */
  readonly action?: string;
  /** Done in place of all that follows when the question failed. Absent: a human, unless there is an `action`. */
  readonly otherwise?: readonly Instruction[];
}

export type AnswerKind =
  | { readonly kind: 'free'; readonly maxLength?: number }
  | {
      readonly kind: 'choice';
      readonly options: readonly { readonly value: string; readonly label: string }[];
    }
  | { readonly kind: 'number'; readonly min?: number; readonly max?: number; readonly whole?: boolean }
  /** Kept as true or false. The labels are what the customer picks from; plain words for it are understood in many languages. */
  | { readonly kind: 'yesno'; readonly yes?: string; readonly no?: string }
  /** Kept in E.164. `country`: whose numbers may be written without +, as ISO 3166 has it: `DE`. */
  | { readonly kind: 'phone'; readonly country?: string }
  /** `date`: kept as YYYY-MM-DD. */
  | { readonly kind: 'email' | 'date' };

export interface EnqueueRequest {
  readonly queue: QueueId;
  readonly priority?: number;
  readonly required?: SkillLevels;
  readonly preferred?: SkillLevels;
  readonly attributes?: Attributes;
  /** Asked first, for as long as the queue asks those who talked to the customer last. */
  readonly agent?: AgentId;
  /** Asked while the customer waits: an application of the tenant, or a URL on the host of the one that answered this. */
  readonly waitApplication?: string;
  /** Told once how the waiting ended. */
  readonly action?: string;
  /** How long the customer waits at most. */
  readonly timeoutMs?: number;
  /** With an `action`: where so many wait already, it is told so and the session does not enter. */
  readonly maxSize?: number;
}

export interface LookUp {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** The step of a dialog that wants it: what it sends along may be secret and is read there, when it is asked. */
  readonly by?: { readonly dialog: string; readonly step: string };
  /** Sent as JSON with POST. */
  readonly body?: JsonValue;
  readonly timeoutMs: number;
  /** Attributes, each with the path in the answer that it is taken from: `customer.tier`. */
  readonly keep: Readonly<Record<string, string>>;
  /** Done in place of all that follows when nothing could be had. Absent: a human. */
  readonly otherwise?: readonly Instruction[];
}

/** What an application is asked, once; it answers with instructions. */
export interface ApplicationRequest {
  /** Names the request within its session; the answer comes back with it. */
  readonly call: number;
  /** An application of the tenant, or a URL on the host of {@link by}. */
  readonly application: string;
  /** The application, or URL, that was asked before in this session. */
  readonly by?: string;
  /** `started`, `answer`, `redirect`, `waiting`, `queue` (how a wait ended) or what a service calls it. */
  readonly event: string;
  readonly parameters?: Attributes;
}
