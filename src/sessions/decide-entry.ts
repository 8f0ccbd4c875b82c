import type { TenantId } from '../platform/ids.ts';
import type { Reader } from '../delivery/claimed-records.ts';
import type { Decision, DeliveryRecord, InboxEntry } from '../delivery/delivery.ts';
import type { RawRoomEvent, RoomInput } from '../matrix/room-input.ts';
import { agentOf } from '../directory/directory.ts';
import { isShared } from '../directory/shared-tenant.ts';
import type { ConversationEvent, ConversationOperation, RoutingEvent } from './conversation-event.ts';
import { AgentWorkWanted, QueueSizeWanted, type ConvertedEvent } from './conversation-state.ts';
import { chosenEvent } from './choosers/choice-operation.ts';
import { decide } from './decide.ts';
import { agentOfDesk } from './desk/desk.ts';
import { decideEndpoint } from './endpoints/decide-endpoint.ts';
import { isEndpointKey } from './endpoints/endpoint.ts';
import { decideEvents } from './events/decide-events.ts';
import { decideDesk } from './desk/decide-desk.ts';
import { decideRouting } from './decide-routing.ts';
import { decideFront } from './front/decide-front.ts';
import {
  loadConversation,
  withAgentWork,
  withQueueSize,
  withRoutingFacts,
  type LoadOptions,
} from './load-conversation.ts';
import { failedRules, type FailedRule } from './failed-rules.ts';
import { promiseEnds, type PromiseEnd } from './promises/promise-ends.ts';
import { RoutingFactsWanted } from './routing-facts.ts';

export interface DecideEntryOptions extends LoadOptions {
  /** What a room's event means; knows which users are ours. */
  readonly fromRoomEvent: (tenant: TenantId, event: RawRoomEvent) => RoomInput;
  /** A rule of the tenant could not be decided. Told once a decision, also where that is taken again. */
  readonly ruleFailed?: (tenant: TenantId, rule: FailedRule) => void;
  /** A promise to a customer was kept, or broken; likewise. */
  readonly promiseEnded?: (tenant: TenantId, end: PromiseEnd) => void;
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
    if (event.type === 'happened' || event.type === 'redeliver')
      return decideEvents(options, tenant, entry, event);
    if (isRouting(event)) return decideRouting(options, declared, entry, event);
    const desk = agentOfDesk(entry.key);
    if (desk !== undefined) return decideDesk(options, declared, agentOf(declared, desk), entry);
    if (isEndpointKey(entry.key)) return decideEndpoint(options, declared, entry);
    if (event.type === 'desk') throw new Error(`${entry.key} is no desk`);
    if (event.type === 'at-endpoint') throw new Error(`${entry.key} is no endpoint`);
    if (event.type === 'front') throw new Error(`tenant ${tenant} is no shared line`);
    const converted: ConvertedEvent =
      event.type === 'room' ? { type: 'room', input: options.fromRoomEvent(tenant, event.event) } : event;
    let state = await loadConversation(options, read, tenant, entry, converted);
    for (;;) {
      try {
        const decision = decide(state, entry.id, converted);
        for (const failed of failedRules(state, decision)) options.ruleFailed?.(tenant, failed);
        for (const end of promiseEnds(state, decision)) options.promiseEnded?.(tenant, end);
        return decision;
      } catch (error) {
        // Few decisions ask for more; those are taken again with what they asked for.
        if (error instanceof AgentWorkWanted) state = await withAgentWork(options.store, state, error.agent);
        else if (error instanceof QueueSizeWanted)
          state = await withQueueSize(options.store, state, error.queue);
        else if (error instanceof RoutingFactsWanted && state.routingFacts === undefined)
          state = await withRoutingFacts(options.store, state);
        else throw error;
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
  'places',
  'thresholds',
  'place',
  'chosen',
  'shift',
  'left',
  'accounts',
]);

/** What a conversation is told of one of its deliveries. */
export function deliveryEvent({
  id,
  key,
  status,
  messageId,
  operation,
  failure,
  nativeId,
}: DeliveryRecord<ConversationOperation>): ConversationEvent {
  if (operation.on === 'chooser') return chosenEvent(operation.operation, nativeId);
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
