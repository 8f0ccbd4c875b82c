import type { DeliveryId, LegKey, LineId, MessageId } from '../platform/ids.ts';
import type { Address, ChannelEvent } from '../channels/channel.ts';
import type { DeliveryStatus } from '../delivery/delivery.ts';
import type { RawRoomEvent } from '../matrix/room-input.ts';
import type { RoomOperation } from '../matrix/room-operation.ts';
import type { Message } from '../message/message.ts';

/** Everything that can happen to a conversation: what its inbox holds. JSON data. */
export type ConversationEvent =
  | { readonly type: 'channel'; readonly line: LineId; readonly event: ChannelEvent }
  | { readonly type: 'room'; readonly event: RawRoomEvent }
  | { readonly type: 'delivery'; readonly result: DeliveryResult }
  | { readonly type: 'timer'; readonly timer: ConversationTimer };

export interface DeliveryResult {
  readonly id: DeliveryId;
  readonly key: LegKey;
  readonly status: DeliveryStatus;
  readonly messageId?: MessageId;
  readonly operation: ConversationOperation;
  readonly failure?: { readonly kind: string; readonly reason: string; readonly certain: boolean };
}

export type ConversationTimer =
  | { readonly name: 'offer-deadline'; readonly session: string; readonly offer: number }
  | { readonly name: 'wait-over'; readonly session: string };

export type ConversationOperation =
  | { readonly on: 'room'; readonly operation: RoomOperation }
  | { readonly on: 'line'; readonly operation: LineOperation };

/** What can be done on the customer's leg. References carry MessageIds; the transport turns them into native ids. */
export type LineOperation =
  | (Pinned & {
      readonly kind: 'send' | 'edit' | 'retract' | 'react';
      readonly message: Message;
      readonly sender: { readonly name: string; readonly kind: 'agent' | 'system' };
      readonly part: number;
      readonly parts: number;
    })
  /** For networks that show who answers and when it is over. */
  | (Pinned & { readonly kind: 'session'; readonly state: 'open' | 'closed'; readonly agentName?: string });

/** Where it goes: the address as it stood in the records when it was decided, never looked up again (design, 5.3). */
interface Pinned {
  readonly line: LineId;
  readonly address: Address;
}
