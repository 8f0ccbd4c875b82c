import type { TenantId } from '../../platform/ids.ts';
import { defineCollection, type Store, type Stored } from '../../store/store.ts';
import type { Happening } from './happening.ts';

/** A happening with its place among all of its tenant: without gaps, and none is ever put before one that could be read. Id: the happening's. */
export interface LoggedEvent extends Happening {
  /** From 1 on. */
  readonly position: number;
  readonly loggedAt: number;
}

export const eventLog = defineCollection<LoggedEvent>('events', {
  byPosition: ['position'],
  byAge: ['loggedAt'],
});

/** The greatest position that was given. One record a tenant. */
export const eventHeads = defineCollection<{ readonly position: number }>('event-heads');
export const headId = 'head';

/** How long events can be asked for again. */
export const eventsKeptMs = 7 * 86_400_000;

export async function readHead(store: Store, tenant: TenantId): Promise<number> {
  return (await store.get(tenant, eventHeads, headId))?.value.position ?? 0;
}

/** In order, from the one after `position` on. */
export async function readEvents(
  store: Store,
  tenant: TenantId,
  position: number,
  limit: number,
): Promise<LoggedEvent[]> {
  const found: Stored<LoggedEvent>[] = await store.find(tenant, eventLog, {
    index: 'byPosition',
    equals: [],
    from: position + 1,
    limit,
  });
  return found.map(({ value }) => value);
}

/** An event as integrators see it, over the stream and in webhooks. */
export function shownEvent(tenant: TenantId, event: LoggedEvent): object {
  const { id, type, at, position, conversation, session, data } = event;
  return {
    id,
    type,
    timestamp: new Date(at).toISOString(),
    tenant,
    position,
    ...(conversation === undefined ? {} : { conversation }),
    ...(session === undefined ? {} : { session }),
    data,
  };
}
