import type { ConversationId, LineId, MatrixUserId, MessageId } from '../../platform/ids.ts';
import type { DeliveryRecord } from '../../delivery/delivery.ts';
import type { ConversationOperation } from '../conversation-event.ts';
import type { KeptBackReason } from './kept-back.ts';

/** Messages go to the room and the customer; what goes to webhooks is no message. */
export type Tried = DeliveryRecord<Exclude<ConversationOperation, { readonly on: 'hook' }>>;

/** Whose word a message is. */
export type Author =
  | { readonly kind: 'customer' }
  | { readonly kind: 'agent'; readonly user: MatrixUserId }
  | { readonly kind: 'system' };

/** All that the records know of one message's way: what the timeline is made of. */
export type LedgerFacts = MessageFacts & Fate;

export interface MessageFacts {
  readonly message?: MessageId;
  readonly conversation: ConversationId;
  readonly author: Author;
  /** `text`, `image`, ...; or `edit`, `retraction`, `reaction`. Absent where nothing but its coming is known. */
  readonly kind?: string;
  readonly line: LineId;
  /** As people say the line's network: `SMS`. */
  readonly network: string;
  /** The event's id, or the network's, under which it came; absent for what the system says. */
  readonly nativeId?: string;
  /** When it was made durable here. */
  readonly acceptedAt: number;
}

export type Fate =
  /** `tries`: each delivery with its retries, in their order. `forgotten`: some are older than what is kept. */
  | {
      readonly fate: 'relayed';
      readonly decidedAt: number;
      readonly tries: readonly (readonly Tried[])[];
      readonly forgotten: boolean;
    }
  | { readonly fate: 'keptBack'; readonly decidedAt: number; readonly because: KeptBackReason }
  /** Its handling failed; it waits in quarantine. */
  | { readonly fate: 'setAside'; readonly setAsideAt: number }
  /** Its turn has not come yet. */
  | { readonly fate: 'waiting' };
