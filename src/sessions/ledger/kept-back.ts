import type { ConversationId, MatrixUserId } from '../../platform/ids.ts';
import { defineCollection } from '../../store/store.ts';
import type { RelayRefusal } from '../relay.ts';

/** Why something that was said went no further. */
export type KeptBackReason = RelayRefusal | 'command' | 'note' | 'nothing-to-show';

/** Something that was said in a conversation and was not passed on; id = the MessageId that it would have had. Never what it says. */
export interface KeptBackRecord {
  readonly conversation: ConversationId;
  /** The agent or bystander; absent for the customer. */
  readonly user?: MatrixUserId;
  /** The event's id, or the network's. */
  readonly nativeId: string;
  readonly because: KeptBackReason;
  /** As its sender's side has it. */
  readonly at: number;
  readonly acceptedAt: number;
  readonly decidedAt: number;
}

export const keptBack = defineCollection<KeptBackRecord>('kept-back', {
  byConversation: ['conversation', 'at'],
  byNative: ['nativeId'],
  byAge: ['decidedAt'],
});

export const keptBackTexts: Readonly<Record<Exclude<KeptBackReason, RelayRefusal>, string>> = {
  command: 'Not for the customer: this is a command.',
  note: 'Not for the customer: this is a note.',
  'nothing-to-show': 'Not shown: it takes back something that was never shown.',
};
