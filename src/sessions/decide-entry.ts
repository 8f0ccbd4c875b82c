import type { TenantId } from '../platform/ids.ts';
import type { Reader } from '../delivery/claimed-records.ts';
import type { Decision, DeliveryRecord, InboxEntry } from '../delivery/delivery.ts';
import type { RawRoomEvent, RoomInput } from '../matrix/room-input.ts';
import { agentOf } from '../directory/directory.ts';
import { isShared } from '../directory/shared-tenant.ts';
import type { ConversationEvent, ConversationOperation, RoutingEvent } from './conversation-event.ts';
import { AgentWorkWanted, type ConvertedEvent } from './conversation-state.ts';
import { decide } from './decide.ts';
import { agentOfDesk } from './desk/desk.ts';
import { decideDesk } from './desk/decide-desk.ts';
import { decideRouting } from './decide-routing.ts';
import { decideFront } from './front/decide-front.ts';
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
    const declared = options.directory.tenant(tenant);
    if (declared === undefined) throw new Error(`tenant ${tenant} is no longer declared`);
    if (isShared(tenant)) return decideFront(options, entry);
    if (isRouting(event)) return decideRouting(options, declared, entry, event);
    const desk = agentOfDesk(entry.key);
    if (desk !== undefined) return decideDesk(options, declared, agentOf(declared, desk), entry);
    if (event.type === 'desk') throw new Error(`${entry.key} is no desk`);
    if (event.type === 'front') throw new Error(`tenant ${tenant} is no shared line`);
    const converted: ConvertedEvent =
      event.type === 'room' ? { type: 'room', input: options.fromRoomEvent(tenant, event.event) } : event;
    let state = await loadConversation(options, read, tenant, entry, converted);
    for (;;) {
      try {
        return decide(state, entry.id, converted);
      } catch (error) {
        if (!(error instanceof AgentWorkWanted)) throw error;
        // Few decisions change what an agent has in hand; those are taken again with what they asked for.
        state = await withAgentWork(options.store, state, error.agent);
      }
    }
  };
}

function isRouting(event: ConversationEvent): event is RoutingEvent {
  return routingTypes.has(event.type);
}

const routingTypes: ReadonlySet<string> = new Set<RoutingEvent['type']>([
  'route',
  'availability',
  'pull',
  'gone',
  'left',
]);

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
