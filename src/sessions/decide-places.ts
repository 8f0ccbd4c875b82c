import { derivedId } from '../platform/derived-id.ts';
import type { InboxEntryId, QueueId, SessionId } from '../platform/ids.ts';
import type { NewEntry } from '../delivery/delivery.ts';
import type { Tenant } from '../directory/tenant.ts';
import { queueEntries, type QueueEntry } from '../queues/queue-entry.ts';
import { readEntries } from '../queues/queue-members.ts';
import { recentAcceptances } from '../queues/recent-acceptances.ts';
import { estimateWait } from '../queues/wait-estimate.ts';
import { countAgents } from '../routing/agents-of-queue.ts';
import { closedUntil, readHoursOfQueues, type TenantHours } from '../routing/hours/tenant-hours.ts';
import { readRouted } from '../routing/queue-view.ts';
import { put, type Stored, type Write } from '../store/store.ts';
import { overdueOffers, type OverdueOffers } from './overdue-offers.ts';
import { nextLookAt, type QueuePlace } from './queue-place.ts';
import { routingKey, type ConversationEvent } from './conversation-event.ts';
import { nothing, type RoutingContext, type RoutingDecision } from './routing-context.ts';

/** Told of a new place, and written, in one look: the rest have their turn at the next. */
const mostTold = 500;
const mostWritten = 1000;

/**
 * Looks at the places of all who wait: takes back offers whose time is over, estimates the wait of those who still wait at their first look, and
 * tells the conversations that asked whose place is another than it was. Comes again while anybody waits.
 */
export async function lookAtPlaces(context: RoutingContext): Promise<RoutingDecision> {
  const { store, tenant, now } = context;
  const hours = await readHoursOfQueues(store, tenant);
  const queues: (readonly [QueueId, Stored<QueueEntry>[]])[] = [];
  for (const queue of tenant.queues.keys()) {
    const found = await readEntries(store, tenant.id, queue);
    if (found.length > 0) queues.push([queue, found]);
  }
  const all = queues.flatMap(([, found]) => found);
  const overdue = await overdueOffers(store, tenant, all, now);
  const writes: Write[] = [...overdue.writes];
  const entries: NewEntry<ConversationEvent>[] = takenBackNews(context, overdue);
  for (const [queue, found] of queues) {
    const placeOf = await placesOf(context, hours, queue, found);
    found.forEach((stored, index) => {
      const place = placeOf(index);
      const tells =
        stored.value.asks === true &&
        stored.value.place?.position !== place.position &&
        writes.length < mostWritten &&
        entries.length < mostTold;
      if (tells) entries.push(told(context, stored, place));
      const value = looked(overdue.changed.get(stored.id) ?? stored.value, place, tells);
      if (value !== stored.value && (writes.length < mostWritten || overdue.changed.has(stored.id)))
        writes.push(put(queueEntries, stored.id, value, stored.version));
    });
  }
  // Thresholds may have been set since somebody came or left.
  if (all.length > 0 && context.recorded && hasThresholds(tenant)) entries.push(toThresholds(context));
  return {
    writes,
    deliveries: [],
    timers:
      all.length > 0
        ? [{ set: 'places', key: routingKey, dueAt: nextLookAt(now), event: { type: 'places' } }]
        : [],
    entries,
  };
}

/** Who was asked in vain is told nothing: the session is, and others are asked. */
function takenBackNews(
  { tenant, entry }: RoutingContext,
  { takenBack }: Pick<OverdueOffers, 'takenBack'>,
): NewEntry<ConversationEvent>[] {
  if (takenBack.length === 0) return [];
  const news = takenBack.map(({ session, conversation, agent }): NewEntry<ConversationEvent> => ({
    id: derivedId<InboxEntryId>('queue news', tenant.id, entry, session, 'offer-over'),
    key: conversation,
    event: { type: 'queue', news: { what: 'offer-over', session, agent } },
  }));
  const again = derivedId<InboxEntryId>('route again', tenant.id, entry);
  return [...news, { id: again, key: routingKey, event: { type: 'route' } }];
}

/** Tells one conversation its place, which wants to know it now. */
export async function lookAtPlace(context: RoutingContext, session: SessionId): Promise<RoutingDecision> {
  const { store, tenant } = context;
  const queue = (await store.get(tenant.id, queueEntries, session))?.value.queue;
  if (queue === undefined) return nothing;
  const found = await readEntries(store, tenant.id, queue);
  const index = found.findIndex(({ id }) => id === session);
  const stored = found[index];
  if (stored === undefined) return nothing;
  const hours = await readHoursOfQueues(store, tenant);
  const place = (await placesOf(context, hours, queue, found))(index);
  const value = looked(stored.value, place, true);
  return {
    ...nothing,
    writes: [put(queueEntries, stored.id, value, stored.version)],
    entries: [told(context, stored, place)],
  };
}

function hasThresholds({ queues }: Tenant): boolean {
  return [...queues.values()].some(({ thresholds }) => thresholds !== undefined);
}

function toThresholds({ tenant, entry }: RoutingContext): NewEntry<ConversationEvent> {
  const id = derivedId<InboxEntryId>('thresholds', tenant.id, entry);
  return { id, key: routingKey, event: { type: 'thresholds', due: true } };
}

async function placesOf(
  { store, tenant, now }: RoutingContext,
  hours: TenantHours,
  id: QueueId,
  found: readonly Stored<QueueEntry>[],
): Promise<(index: number) => QueuePlace> {
  const queue = tenant.queues.get(id);
  const available = queue === undefined ? 0 : countAgents(queue, await readRouted(store, tenant)).available;
  const accepted = await recentAcceptances(store, tenant.id, id, now);
  const waited = found.reduce((sum, { value }) => sum + now - value.since, 0);
  const opensAt = queue === undefined ? undefined : closedUntil(queue, hours, now);
  const isClosed = opensAt !== undefined;
  return (index) => {
    const estimateMs = estimateWait(index + 1, { now, accepted, available, isClosed });
    return {
      at: now,
      queue: id,
      position: index + 1,
      size: found.length,
      averageWaitMs: waited / found.length,
      available,
      ...(estimateMs === undefined ? {} : { estimateMs }),
      ...(isClosed ? { closed: opensAt === Infinity ? {} : { opensAt } } : {}),
    };
  };
}

/** The entry as it is once its place was looked at. */
function looked(entry: QueueEntry, { at, position, estimateMs }: QueuePlace, tells: boolean): QueueEntry {
  const estimates = entry.estimate === undefined && estimateMs !== undefined && !entry.looked;
  if (!estimates && !tells && entry.looked) return entry;
  return {
    ...entry,
    looked: true,
    ...(estimates ? { estimate: { at, ms: estimateMs } } : {}),
    ...(tells ? { place: { position, at } } : {}),
  };
}

function told(
  { tenant, entry }: RoutingContext,
  { id, value }: Stored<QueueEntry>,
  place: QueuePlace,
): NewEntry<ConversationEvent> {
  const session = id as SessionId;
  return {
    id: derivedId<InboxEntryId>('queue news', tenant.id, entry, session, 'place'),
    key: value.conversation,
    event: { type: 'queue', news: { what: 'place', session, place } },
  };
}
