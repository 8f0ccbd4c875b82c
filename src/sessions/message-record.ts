import type { ConversationId, MatrixUserId, SessionId } from '../platform/ids.ts';
import type { Message } from '../message/message.ts';
import { defineCollection } from '../store/store.ts';

/** What was said, as it first came in; id = MessageId. Kept for quotes, corrections and sending again. */
export interface MessageRecord {
  readonly conversation: ConversationId;
  readonly session?: SessionId;
  readonly author:
    | { readonly kind: 'customer' }
    | { readonly kind: 'agent'; readonly user: MatrixUserId }
    | { readonly kind: 'system' };
  readonly message: Message;
  readonly at: number;
}

export const messageRecords = defineCollection<MessageRecord>('messages', {
  byConversation: ['conversation', 'at'],
});
