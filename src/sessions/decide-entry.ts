import type { TenantId } from '../platform/ids.ts';
import type { Reader } from '../delivery/claimed-records.ts';
import type { Decision, DeliveryRecord, InboxEntry } from '../delivery/delivery.ts';
import type { RawRoomEvent, RoomInput } from '../matrix/room-input.ts';
import type { ConversationEvent, ConversationOperation } from './conversation-event.ts';
import { AgentWorkWanted, type ConvertedEvent } from './conversation-state.ts';
import { decide } from './decide.ts';
import { loadConversation, withAgentWork, type LoadOptions } from './load-conversation.ts';

export interface DecideEntryOptions extends LoadOptions {
  /** What a room's event means; knows which users are ours. */
  readonly fromRoomEvent: (tenant: TenantId, event: RawRoomEvent) => RoomInput;
}

/** The inbox's handler: reads what the decision needs, then decides. */
export function createDecideEntry(options: DecideEntryOptions) {
  return async (
    tenant: TenantId,
    entry: InboxEntry<ConversationEvent>,
    read: Reader,
  ): Promise<Decision<ConversationEvent, ConversationOperation>> => {
    const { event } = entry;
    const converted: ConvertedEvent =
      event.type === 'room' ? { type: 'room', input: options.fromRoomEvent(tenant, event.event) } : event;
    const state = await loadConversation(options, read, tenant, entry, converted);
    try {
      return decide(state, entry.id, converted);
    } catch (error) {
      if (!(error instanceof AgentWorkWanted)) throw error;
    }
    // Read for the few decisions that offer or end a session: a record for each agent of the tenant.
    return decide(await withAgentWork(options.store, state), entry.id, converted);
  };
}

/** What a conversation is told of one of its deliveries. */
export function deliveryEvent({
  id,
  key,
  status,
  messageId,
  operation,
  failure,
}: DeliveryRecord<ConversationOperation>): ConversationEvent {
  const result = {
    id,
    key,
    status,
    operation,
    ...(messageId === undefined ? {} : { messageId }),
    ...(failure === undefined ? {} : { failure }),
  };
  return { type: 'delivery', result };
}
