import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import pg from 'pg';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as, type ConversationId, type TenantId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { defaultTimes } from '../../src/replicas/membership.ts';
import { createReplication } from '../../src/replicas/replication.ts';
import { defineCollection, put, StoreUnavailable } from '../../src/store/store.ts';
import { openShared } from '../store/postgres-place.ts';
import { createSignalHub } from './signal-hub.ts';

const notes = defineCollection<{ readonly text: string }>('notes');
const tenants = [as<TenantId>('acme'), as<TenantId>('bolt')] as const;
const [acme] = tenants;
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('a replica all of whose connections wait', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  it('keeps its leases', { timeout: 180_000 }, async () => {
    const place = await server.createDatabase();
    const store = await openShared(place, {
      maxConnections: tenants.length,
      // A statement waits for a lock for half as long: longer than a lease lives.
      statementTimeoutMs: 60_000,
      connectTimeoutMs: 3000,
    });
    const replication = createReplication({
      store,
      signals: createSignalHub()(),
      clock: systemClock,
      logger: silentLogger,
    });
    const connectionString = server.adminUrl.replace(/postgres$/, place.split('/').at(-1)!);
    const [blocker, watcher] = [new pg.Client({ connectionString }), new pg.Client({ connectionString })];
    await Promise.all([blocker.connect(), watcher.connect()]);
    const count = async (query: string): Promise<number> =>
      (await watcher.query<{ count: number }>(query)).rows[0]?.count ?? 0;
    try {
      await replication.start();
      const conversation = { kind: 'conversation', id: as<ConversationId>('c1') } as const;
      const lease = await replication.leases.claim(acme, conversation, undefined);
      for (const tenant of tenants) await store.commit(tenant, [put(notes, 'n', { text: 'a' }, 'absent')]);

      await blocker.query('BEGIN');
      await blocker.query(`SELECT FROM switchboard.records WHERE collection = 'notes' FOR UPDATE`);
      const waiting = tenants.map(async (tenant) =>
        store.commit(tenant, [put(notes, 'n', { text: 'b' }, 'any')]),
      );
      const blocked = `SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
      await vi.waitUntil(async () => (await count(blocked)) === tenants.length, { timeout: 30_000 });
      await expect(store.get(acme, notes, 'n')).rejects.toBeInstanceOf(StoreUnavailable);

      const beats = `SELECT sum((value->>'beats')::int)::int AS count FROM switchboard.records WHERE collection = 'replicas'`;
      const before = await count(beats);
      const enough = before + Math.ceil(defaultTimes.lifeMs / defaultTimes.beatMs);
      await vi.waitUntil(async () => (await count(beats)) >= enough || !replication.isInTouch(), {
        timeout: 60_000,
      });
      expect([replication.isInTouch(), lease?.isHeld()]).toEqual([true, true]);

      await blocker.query('COMMIT');
      await Promise.all(waiting);
    } finally {
      await Promise.all([blocker.end(), watcher.end()]);
      await replication.stop(true);
      await store.close();
      await server.dropDatabase(place);
    }
  });
});
