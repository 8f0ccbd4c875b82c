import type { Decision, NewDelivery, NewEntry } from '../delivery/delivery.ts';
import { roomLeg } from '../delivery/message-links.ts';
import type { Tenant } from '../directory/tenant.ts';
import { derivedId } from '../platform/derived-id.ts';
import type { AgentId, ConversationId, InboxEntryId } from '../platform/ids.ts';
import type { Store } from '../store/store.ts';
import {
  routingKey,
  type ConversationEvent,
  type ConversationOperation,
  type QueueNews,
} from './conversation-event.ts';
import { deskOf } from './desk/desk.ts';

export type RoutingDecision = Decision<ConversationEvent, ConversationOperation>;

/** What an event of a tenant's routing is decided by. */
export interface RoutingContext {
  readonly store: Store;
  readonly tenant: Tenant;
  readonly entry: InboxEntryId;
  readonly now: number;
  /** Whether somebody wants to be told of what happens to the tenant. */
  readonly recorded: boolean;
}

export const nothing: RoutingDecision = { writes: [], deliveries: [], timers: [] };

/** News for a conversation: of each kind and session one an entry. */
export function tell(
  { tenant, entry }: RoutingContext,
  conversation: ConversationId,
  news: QueueNews,
): NewEntry<ConversationEvent> {
  const id = derivedId<InboxEntryId>('queue news', tenant.id, entry, news.session, news.what);
  return { id, key: conversation, event: { type: 'queue', news } };
}

/** Routing looks again, once this is committed. */
export function again(tenant: Tenant, entry: InboxEntryId): NewEntry<ConversationEvent> {
  return { id: derivedId('route again', tenant.id, entry), key: routingKey, event: { type: 'route' } };
}

/** A word to the agent at their desk; `what` tells several of one decision apart. */
export function toDesk(
  { tenant, entry }: RoutingContext,
  agent: AgentId,
  what: string,
  text: string,
): NewDelivery<ConversationOperation> {
  const desk = deskOf(agent);
  return {
    id: derivedId('to desk', tenant.id, agent, entry, what),
    key: roomLeg(desk),
    conversation: desk,
    operation: { on: 'room', operation: { kind: 'notice', text } },
    tell: 'never',
  };
}
