import { derivedId } from '../../platform/derived-id.ts';
import { as, type DeliveryId, type InboxEntryId, type LegKey, type TenantId } from '../../platform/ids.ts';
import { deliveries } from '../../delivery/collections.ts';
import type { Decision, InboxEntry, NewDelivery } from '../../delivery/delivery.ts';
import { put, type Store, type Stored, type Write } from '../../store/store.ts';
import type { ConversationEvent, ConversationOperation } from '../conversation-event.ts';
import { eventHeads, eventLog, headId, type LoggedEvent } from './event-log.ts';
import { eventsKey, type Happening } from './happening.ts';
import { hookDeliveries, listHooks, type Hook } from './hook.ts';

type EventsDecision = Decision<ConversationEvent, ConversationOperation>;

/** What the tenant's events are told. */
export type EventsEvent =
  | { readonly type: 'happened'; readonly happenings: readonly Happening[] }
  /** These events go to the hook once more. */
  | { readonly type: 'redeliver'; readonly hook: string; readonly events: readonly string[] };

export interface EventsOptions {
  readonly store: Store;
  readonly now: () => number;
}

/** Puts what happened in order, and on its way to the hooks that want it. */
export async function decideEvents(
  { store, now }: EventsOptions,
  tenant: TenantId,
  entry: Pick<InboxEntry<ConversationEvent>, 'id' | 'acceptedAt'>,
  event: EventsEvent,
): Promise<EventsDecision> {
  const at = now();
  return event.type === 'happened'
    ? log(store, tenant, entry.id, event.happenings, at)
    : redeliver(store, tenant, entry, event, at);
}

async function log(
  store: Store,
  tenant: TenantId,
  entry: InboxEntryId,
  happenings: readonly Happening[],
  now: number,
): Promise<EventsDecision> {
  const [head, all] = await Promise.all([store.get(tenant, eventHeads, headId), listHooks(store, tenant)]);
  const first = (head?.value.position ?? 0) + 1;
  const logged = happenings.map((happening, index) => ({
    ...happening,
    position: first + index,
    loggedAt: now,
  }));
  const outgoing = all.flatMap((hook) =>
    logged
      .filter((event) => wants(hook.value, event))
      .map((event) => toHook(tenant, entry, hook.id, event, now)),
  );
  return {
    writes: [
      put(eventHeads, headId, { position: first + logged.length - 1 }, head?.version ?? 'absent'),
      ...logged.map((event) => put(eventLog, event.id, event, 'any')),
      ...outgoing.map(({ write }) => write),
    ],
    deliveries: outgoing.map(({ delivery }) => delivery),
    timers: [],
  };
}

async function redeliver(
  store: Store,
  tenant: TenantId,
  { id: entry, acceptedAt }: Pick<InboxEntry<ConversationEvent>, 'id' | 'acceptedAt'>,
  { hook, events }: Extract<EventsEvent, { type: 'redeliver' }>,
  now: number,
): Promise<EventsDecision> {
  const found = await Promise.all(
    events.map(async (id) =>
      (await isUnderWay(store, tenant, { hook, event: id, askedAt: acceptedAt }))
        ? undefined
        : store.get(tenant, eventLog, id),
    ),
  );
  const outgoing = found
    .filter((event): event is Stored<LoggedEvent> => event !== undefined)
    .map(({ value }) => toHook(tenant, entry, hook, value, now));
  return {
    writes: outgoing.map(({ write }) => write),
    deliveries: outgoing.map(({ delivery }) => delivery),
    timers: [],
  };
}

/** Whether whoever asked then gets what they want without us: it is still to be sent, or was sent again since. */
async function isUnderWay(
  store: Store,
  tenant: TenantId,
  { hook, event, askedAt }: { readonly hook: string; readonly event: string; readonly askedAt: number },
): Promise<boolean> {
  const sendings = await store.find(tenant, hookDeliveries, { index: 'byEvent', equals: [hook, event] });
  if (sendings.some(({ value }) => value.madeAt > askedAt)) return true;
  const records = await Promise.all(sendings.map(async ({ id }) => store.get(tenant, deliveries, id)));
  return records.some((record) => record?.value.queued === true);
}

function wants({ enabled, types }: Hook, { type }: Happening): boolean {
  return enabled && (types.length === 0 || types.includes(type));
}

/** A leg of its own for each conversation: a conversation's events stay in order, and none waits for another's. */
export function hookLeg(hook: string, conversation: string): LegKey {
  return as(`hook:${hook}:${conversation}`);
}

function toHook(
  tenant: TenantId,
  entry: InboxEntryId,
  hook: string,
  { id: event, conversation = eventsKey, position, loggedAt }: LoggedEvent,
  madeAt: number,
): { readonly delivery: NewDelivery<ConversationOperation>; readonly write: Write } {
  const id = derivedId<DeliveryId>('hook', tenant, hook, event, entry);
  return {
    delivery: {
      id,
      key: hookLeg(hook, conversation),
      conversation,
      operation: { on: 'hook', operation: { kind: 'event', hook, event } },
      tell: 'never',
    },
    write: put(hookDeliveries, id, { hook, event, position, loggedAt, madeAt }, 'any'),
  };
}
