import type {
  ConversationId,
  DeliveryId,
  InboxEntryId,
  LegKey,
  MessageId,
  TenantId,
} from '../platform/ids.ts';
import type { Write } from '../store/store.ts';
import type { AttemptTrail } from './attempt-trail.ts';

/**
 * What the inbox and the outbox pass around: types only. `Event` is what happens to a conversation, `Operation` what is to be
 * done on a leg; both are JSON data that this folder never looks into.
 */

/** An event that is to become durable. Entries of one key are handled one at a time, in the order in which they were accepted. */
export interface NewEntry<Event> {
  readonly id: InboxEntryId;
  readonly key: ConversationId;
  readonly event: Event;
}

export interface InboxEntry<Event> extends NewEntry<Event> {
  /** Grows with each accepted entry of the key, without promise that it grows by one. */
  readonly sequence: number;
  readonly acceptedAt: number;
}

/** What a decision wants; becomes true in one commit together with the end of its inbox entry, or not at all. */
export interface Decision<Event, Operation> {
  /** Carry the versions that the decision read: on {@link Conflict} the entry is decided again from fresh state. */
  readonly writes: readonly Write[];
  readonly deliveries: readonly NewDelivery<Operation>[];
  readonly timers: readonly TimerChange<Event>[];
  /** Events for other keys, stored with the rest; ids derived from the entry's, so that one that is there already is the same one. */
  readonly entries?: readonly NewEntry<Event>[];
}

export interface NewDelivery<Operation> {
  readonly id: DeliveryId;
  /** Deliveries of one key go out one at a time, in order, retries included. */
  readonly key: LegKey;
  readonly conversation: ConversationId;
  readonly messageId?: MessageId;
  readonly operation: Operation;
  /** When the conversation gets an event about how it went. */
  readonly tell: 'always' | 'failure' | 'never';
  /** The delivery that this one makes once more. */
  readonly retryOf?: DeliveryId;
}

/** `name` is unique within the key; setting it again moves it. Due timers come back as inbox entries of the key. */
export type TimerChange<Event> =
  | { readonly set: string; readonly key: ConversationId; readonly dueAt: number; readonly event: Event }
  | { readonly cancel: string; readonly key: ConversationId };

/** pending < sending < sent < delivered < read; failed and unclear end it, though a late receipt may still overrule them. */
export type DeliveryStatus = 'pending' | 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'unclear';

/** What networks tell of a message after they took it. */
export type ReceiptStatus = Extract<DeliveryStatus, 'sent' | 'delivered' | 'read' | 'failed' | 'unclear'>;

/** When each was heard first. */
export type ReceiptTimes = Readonly<Partial<Record<ReceiptStatus, number>>>;

/** A delivery with how far it got. Kept after it went out, for receipts, replies and questions. */
export interface DeliveryRecord<Operation = unknown> {
  readonly id: DeliveryId;
  readonly key: LegKey;
  readonly conversation: ConversationId;
  readonly messageId?: MessageId;
  readonly operation: Operation;
  readonly tell: NewDelivery<Operation>['tell'];
  readonly sequence: number;
  readonly status: DeliveryStatus;
  /** True while it waits in, or is at the head of, its key's queue. */
  readonly queued: boolean;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly createdAt: number;
  readonly finishedAt?: number;
  /** The network's (or Matrix's) id of the message. */
  readonly nativeId?: string;
  readonly failure?: { readonly kind: string; readonly reason: string; readonly certain: boolean };
  readonly trail?: AttemptTrail;
  readonly receipts?: ReceiptTimes;
  readonly retryOf?: DeliveryId;
  /** The status again, but only while it is one of these and no operator has dropped it: so that an index over it holds nothing else. */
  readonly trouble?: 'failed' | 'unclear';
  /** When an operator took it off the list of what was not delivered. */
  readonly droppedAt?: number;
}

/** What a transport gives back when the other side took the operation. */
export interface Taken {
  readonly nativeId?: string;
  /** Committed together with the delivery's success. */
  readonly writes?: readonly Write[];
}

/** What a transport throws. Anything else that it throws counts as `retry`, uncertain. */
export class DeliveryFailure extends Error {
  override readonly name = 'DeliveryFailure';
  readonly kind: 'retry' | 'permanent' | 'unauthorised' | 'windowClosed' | 'optedOut' | 'unreachable';
  /** Whether it is certain that nothing went out. */
  readonly certain: boolean;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  constructor(
    failure: {
      kind: DeliveryFailure['kind'];
      certain: boolean;
      reason: string;
      retryAfterMs?: number | undefined;
    },
    options?: ErrorOptions,
  ) {
    super(`${failure.kind}: ${failure.reason}`, options);
    this.kind = failure.kind;
    this.certain = failure.certain;
    this.reason = failure.reason;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/**
 * Carries out one delivery. Called for the head of a key only, never twice at once for one key.
 * `unclearBefore`: an earlier attempt may have gone out (a crash, an answer that never came). `mayGoOut` is called directly before
 * anything goes out, and throws (what the transport passes on as it is) where another replica may have taken over meanwhile.
 */
export type Transport<Operation> = (
  tenant: TenantId,
  delivery: DeliveryRecord<Operation>,
  attempt: { readonly number: number; readonly unclearBefore: boolean; readonly mayGoOut: () => void },
) => Promise<Taken>;

/** Looks whether a delivery went out of which that is not known, before its policy `ask` asks the agent. Undefined: nobody can tell. */
export type LookUp<Operation> = (
  tenant: TenantId,
  delivery: DeliveryRecord<Operation>,
) => Promise<Taken | undefined>;

/**
 * What to do with a delivery that may or may not have gone out. `safe`: the other side recognises the delivery id, send again;
 * also spares the durable mark before the call. `resend`: send again and risk a double. `ask`: stop, status `unclear`, the agent decides.
 */
export type ResendPolicy = 'safe' | 'resend' | 'ask';
