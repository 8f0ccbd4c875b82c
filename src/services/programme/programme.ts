import type { EnqueueRequest, Instruction, LookUp, Question } from '../instruction.ts';

/** What a service still wants done in a session, and what it waits for. JSON data, kept on the session's record. */
export interface Programme {
  readonly todo: readonly Instruction[];
  /** Nothing is done before this came. */
  readonly wait?: Wait;
  /** While it stands in a queue: `todo` is what is done meanwhile. */
  readonly queued?: Queued;
  /** How often it has waited: tells one wait from another. */
  readonly waits: number;
  /** Instructions done since the customer's last word. */
  readonly done: number;
  /** Names under which something was said that is not to be said twice. */
  readonly said: readonly string[];
  /** The application, or URL, that was asked last. */
  readonly asked?: string;
  /** What it asked for of a queue that was closed, without the `action` that was told so: it waits there unless that says otherwise. */
  readonly turnedAway?: EnqueueRequest;
}

export type Wait = {
  readonly number: number;
  /** When the waiting ends at the latest. */
  readonly until: number;
} & (
  | { readonly for: 'answer'; readonly question: Question; readonly asked: number }
  | { readonly for: 'time' }
  | { readonly for: 'application' }
  | { readonly for: 'look-up'; readonly lookUp: LookUp }
);

export interface Queued {
  /** What follows the `enqueue`. */
  readonly rest: readonly Instruction[];
  readonly waitApplication?: string;
  readonly action?: string;
  /** When an application was asked last in this wait, or in one before. */
  readonly askedAt?: number;
}

/** How waiting in a queue ended: Twilio's `QueueResult`, and two of ours. */
export type QueueResult =
  | 'bridged'
  | 'bridging-in-process'
  | 'error'
  | 'hangup'
  | 'leave'
  | 'redirected'
  | 'redirected-from-bridged'
  | 'queue-full'
  | 'system-error'
  | 'timeout'
  | 'closed';

/** Why a session does not enter the queue that it asked for; its `action` is told. */
export interface TurnedAway {
  readonly result: Extract<QueueResult, 'error' | 'queue-full' | 'closed'>;
  /** As it was asked for, or as the tenant's rules have it. */
  readonly queue: string;
  /** Of a closed one, where that is known; milliseconds since the epoch. */
  readonly opensAt?: number;
}

/** Of what is said once: that this queue is closed. */
export function closedName(queue: string): string {
  return `closed ${queue}`;
}

export const noProgramme: Programme = { todo: [], waits: 0, done: 0, said: [] };

/** So many instructions without a word of the customer are a circle. */
export const maxDone = 100;
/** Names of what is not to be said twice; older ones are forgotten. */
export const maxSaid = 50;
/** As JSON, in UTF-16 code units. */
export const maxProgrammeLength = 64 * 1024;
/** As JSON in UTF-8. */
export const maxAttributeBytes = 16 * 1024;
/** After which an application, or a server that is asked for something, does not answer any more. Its own timeouts and retries fit in. */
export const answerWaitMs = 90_000;
/** How often an application is asked while the customer waits, where it does not say itself. */
export const waitFloorMs = 60_000;
/** However often something changes, or it redirects: not more often than this. */
export const leastWaitFloorMs = 15_000;

/** Whether nothing need be kept of it. */
export function isIdle({ todo, wait, queued, said }: Programme): boolean {
  const hasRest =
    queued !== undefined &&
    (queued.rest.length > 0 || queued.action !== undefined || queued.waitApplication !== undefined);
  return todo.length === 0 && wait === undefined && !hasRest && said.length === 0;
}
