import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import pg from 'pg';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { PostgresSignals } from '../../src/store/postgres/postgres-signals.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { openShared } from './postgres-place.ts';

const programs = await ensurePostgres();
const patience = { timeout: 25_000, interval: 50 };

describe.skipIf('unavailable' in programs)('signals over PostgreSQL', () => {
  let server: RunningPostgres;
  let place: string;
  const opened: PostgresSignals[] = [];
  beforeAll(async () => {
    if ('unavailable' in programs) return;
    server = await startPostgres(programs);
    place = await server.createDatabase();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(async (signals) => signals.close()));
  });
  afterAll(() => server.stop());

  async function open(): Promise<PostgresSignals> {
    const signals = await PostgresSignals.open({
      connection: { connectionString: place },
      clock: systemClock,
      logger: silentLogger,
      reconnectMs: 20,
      probeMs: 100,
    });
    opened.push(signals);
    return signals;
  }
  async function endConnections(): Promise<void> {
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    await client.end();
  }

  it('reach whoever listens to the channel, in order, and nobody else', async () => {
    const [one, two] = [await open(), await open()];
    const heard: string[] = [];
    two.listen('To Two', (text) => heard.push(text));
    two.listen('other', () => heard.push('what was not for it'));
    two.listen('To Two', () => {
      throw new Error('a listener that cannot make sense of it ends nothing');
    });
    one.listen('To Two', (text) => heard.push(`too: ${text}`))();
    const odd = `'"; \\ ü ${'x'.repeat(6000)}`;
    await vi.waitUntil(async () => {
      await one.send('To Two', 'knock');
      return heard.length > 0;
    }, patience);
    heard.length = 0;
    await Promise.all(['1', '2', odd].map(async (text) => one.send('To Two', text)));
    await vi.waitUntil(() => heard.includes(odd), patience);
    expect(heard.filter((text) => text !== 'knock')).toEqual(['1', '2', odd]);
    await expect(one.send('To Two', 'x'.repeat(8000))).rejects.toThrow(RangeError);
  });

  it('go on after the connection broke, and say that some may be missing', async () => {
    const [one, two] = [await open(), await open()];
    const heard: string[] = [];
    const gaps = vi.fn();
    two.onGap(gaps);
    two.listen('c', (text) => heard.push(text));
    await endConnections();
    await vi.waitUntil(() => gaps.mock.calls.length > 0, patience);
    await vi.waitUntil(async () => {
      await one.send('c', 'again').catch(() => undefined);
      return heard.length > 0;
    }, patience);
    expect(new Set(heard)).toEqual(new Set(['again']));
  });

  it('are refused, not lost in silence, while the server is away', async () => {
    const one = await open();
    await server.halt('immediate');
    await expect(
      vi.waitUntil(async () => {
        await one.send('c', 'into the void');
        return false;
      }, patience),
    ).rejects.toBeInstanceOf(StoreUnavailable);
    await server.resume();
    await vi.waitUntil(async () => {
      await one.send('c', 'there again').catch(() => undefined);
      return one.send('c', 'there again').then(
        () => true,
        () => false,
      );
    }, patience);
  });
});

describe.skipIf('unavailable' in programs)('numbers from PostgreSQL', () => {
  it('are given once, and grow from process to process', async () => {
    if ('unavailable' in programs) return;
    const server = await startPostgres(programs);
    const place = await server.createDatabase();
    const stores = await Promise.all([openShared(place), openShared(place)]);
    try {
      let last = Date.now() * 1000;
      for (let round = 0; round < 10; round += 1) {
        const { first, count } = await stores[round % 2]!.takeNumbers();
        expect(first).toBeGreaterThan(last);
        last = first + count - 1;
      }
      const many = await Promise.all(
        stores.flatMap((one) => [one, one, one].map((each) => each.takeNumbers())),
      );
      expect(new Set(many.map(({ first }) => first)).size).toBe(6);
    } finally {
      await Promise.all(stores.map(async (store) => store.close()));
      await server.stop();
    }
  });
});
