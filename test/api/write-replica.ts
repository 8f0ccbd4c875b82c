import { createIdempotency } from '../../src/api/idempotency.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { quarantineRoutes } from '../../src/api/quarantine-routes.ts';
import { quarantinedEntries } from '../../src/delivery/collections.ts';
import { createQuarantine } from '../../src/delivery/quarantine.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { as, type ConversationId, type InboxEntryId, type TenantId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { defineCollection, put, type Store } from '../../src/store/store.ts';
import { serveHttp } from './serve-http.ts';

export const acme = as<TenantId>('acme');
const operatorToken = 'the-token-of-the-operator';

/** What was put back, each time under an id of its own: an effect that comes twice shows. */
export const effects = defineCollection<{ readonly entry: string }>('effects', { byEntry: ['entry'] });

export interface Asked {
  readonly method: 'POST' | 'DELETE';
  readonly entry: string;
  readonly key?: string;
  readonly body?: string;
}
export interface Told {
  readonly status: number;
  readonly body: string;
  readonly isReplay: boolean;
}

export interface WriteReplica {
  ask(asked: Asked, tenant?: string): Promise<Told>;
  stop(): Promise<void>;
}

/** The HTTP side of one replica, with the routes that write to the quarantine. */
export async function startWriteReplica(store: Store, clock: Clock): Promise<WriteReplica> {
  let effect = 0;
  const server = await serveHttp({
    clock,
    routers: [
      quarantineRoutes({
        quarantine: createQuarantine(store, async (tenant, entries, { writes = [] } = {}) => {
          const noted = entries.map(({ event }) =>
            put(
              effects,
              `${process.hrtime.bigint()}-${(effect += 1)}`,
              { entry: event as unknown as string },
              'absent',
            ),
          );
          await store.commit(tenant, [...noted, ...writes]);
          return { accepted: entries.length, duplicates: 0 };
        }),
        guard: createOperatorGuard({
          hasTenant: (tenant) => tenant === acme || tenant === 'globex',
          operatorToken,
          idempotency: createIdempotency({ store, now: () => clock.now() }),
          logger: silentLogger,
        }),
        logger: silentLogger,
      }),
    ],
  });
  return {
    async ask({ method, entry, key, body }, tenant = acme) {
      const path = `/api/v1/tenants/${tenant}/quarantine/${entry}${method === 'POST' ? '/put-back' : ''}`;
      const answer = await fetch(server.url + path, {
        method,
        headers: {
          authorization: `Bearer ${operatorToken}`,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: answer.status,
        body: await answer.text(),
        isReplay: answer.headers.get('idempotency-replayed') === 'true',
      };
    },
    stop: async () => server.stop(),
  };
}

/** Sets entries aside, as if they could not have been handled. */
export async function setAside(store: Store, entries: readonly string[], tenant = acme): Promise<void> {
  await store.commit(
    tenant,
    entries.map((id) =>
      put(
        quarantinedEntries,
        id,
        {
          id: as<InboxEntryId>(id),
          key: as<ConversationId>('c1'),
          event: id,
          acceptedAt: 1,
          quarantinedAt: 2,
          reason: 'a test',
        },
        'any',
      ),
    ),
  );
}

export async function effectsOn(store: Store, entry: string): Promise<number> {
  return (await store.find(acme, effects, { index: 'byEntry', equals: [entry] })).length;
}
