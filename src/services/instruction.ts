import type { AgentId, QueueId } from '../platform/ids.ts';
import type { SkillLevels } from '../directory/routing-policy.ts';

/**
 * What a service wants done, in order: the words of contact-centre applications (design, 4; TwiML's where it has them). A
 * service, a dialog and an application over HTTP give the same ones. JSON data.
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
  /** To wait for an agent; who gets the session is routing's affair. */
  | ({ readonly do: 'enqueue' } & EnqueueRequest)
  /** Out of the queue, on with what comes after the `enqueue` that led into it. */
  | { readonly do: 'leave' }
  /** Shows the customer a web page (a `page` message: a link where the network has none). */
  | { readonly do: 'page'; readonly url: string; readonly title?: string }
  | { readonly do: 'transfer'; readonly to: { readonly agent: AgentId } | { readonly queue: QueueId } }
  | { readonly do: 'set'; readonly attributes: Readonly<Record<string, JsonValue>> }
  | { readonly do: 'end'; readonly text?: string }
  /** Asks an application of the tenant what to do; what it answers is done in place of this. */
  | { readonly do: 'request'; readonly application: string; readonly event: string };

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** What the customer is asked, and how an answer is understood. */
export interface Question {
  /** Under which attribute of the session the answer is kept. */
  readonly name: string;
  readonly text: string;
  readonly answer:
    | { readonly kind: 'free'; readonly maxLength?: number }
    | {
        readonly kind: 'choice';
        readonly options: readonly { readonly value: string; readonly label: string }[];
      }
    | { readonly kind: 'number'; readonly min?: number; readonly max?: number; readonly whole?: boolean }
    | { readonly kind: 'email' | 'phone' | 'date' | 'yesno' };
  /** What is said to an answer that is not understood; then it is asked again. */
  readonly again?: string;
  /** How often it is asked in all; after that the question counts as failed. */
  readonly attempts: number;
  /** How long the customer has for an answer. */
  readonly timeoutMs: number;
  /** The application that gets the answer (TwiML's `action` of `Gather`). */
  readonly action?: string;
}

export interface EnqueueRequest {
  readonly queue: QueueId;
  readonly priority?: number;
  readonly required?: SkillLevels;
  readonly preferred?: SkillLevels;
  readonly attributes?: Readonly<Record<string, JsonValue>>;
  /** Asked while the customer waits: an application of the tenant, or a URL on the host of the one that answered this. */
  readonly waitApplication?: string;
  /** Told once how the waiting ended. */
  readonly action?: string;
}
