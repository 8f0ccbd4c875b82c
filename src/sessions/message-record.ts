import type { ConversationId, DeliveryId, MatrixUserId, SessionId } from '../platform/ids.ts';
import type { Message } from '../message/message.ts';
import { defineCollection } from '../store/store.ts';

/** What was said, as it first came in; id = MessageId. Kept for quotes, corrections and sending again. */
export interface MessageRecord {
  readonly conversation: ConversationId;
  readonly session?: SessionId;
  readonly author:
    | { readonly kind: 'customer' }
    /** `endpoint`: the key of the agent's endpoint outside Matrix at which they wrote it. */
    | { readonly kind: 'agent'; readonly user: MatrixUserId; readonly endpoint?: ConversationId }
    | { readonly kind: 'system' };
  readonly message: Message;
  /** As its sender's side has it. */
  readonly at: number;
  readonly way?: MessageWay;
}

/** Where the ledger begins: when the message was made durable here, when it was decided what becomes of it, and what that was. */
export interface MessageWay {
  readonly accepted: number;
  readonly decided: number;
  /** Those that carry the message itself; their retries are found from them. */
  readonly deliveries: readonly DeliveryId[];
}

export const messageRecords = defineCollection<MessageRecord>('messages', {
  byConversation: ['conversation', 'at'],
  byAge: ['at'],
});
