import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { createAppserviceEndpoint } from '../../src/matrix/appservice/appservice-endpoint.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as, type ConversationId, type HomeserverId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createSharedSequence } from '../../src/replicas/shared-sequence.ts';
import { acceptRoomEvents } from '../../src/sessions/homeservers.ts';
import { PostgresSignals } from '../../src/store/postgres/postgres-signals.ts';
import { runs } from '../fixtures/full-run.ts';
import { eventOf, settingsOf } from '../matrix/appservice/fixture.ts';
import { openShared } from '../store/postgres-place.ts';
import { acme, counters, createEngineReplica, createPeers, type Peers } from './engine-replica.ts';

const hsToken = 'the-token-of-the-homeserver';
const programs = await ensurePostgres();

/** One replica: takes transactions, and relays each event once, to a room that knows what it had and a customer who does not. */
async function startReplica(place: string, peers: Peers) {
  const connection = { connectionString: place };
  const store = await openShared(place, { maxConnections: 4 });
  const signals = await PostgresSignals.open({ connection, clock: systemClock, logger: silentLogger });
  const sequence = createSharedSequence(async () => store.takeNumbers());
  // Nobody fails here; with short times a busy machine would look like a failed one.
  const times = { beatMs: 500, lookMs: 250, lifeMs: 10_000, marginMs: 1000 };
  const replica = createEngineReplica({ store, signals, sequence, peers, times });
  const { delivery } = replica;
  const endpoint = createAppserviceEndpoint(
    [
      {
        settings: settingsOf('main', hsToken),
        onTransaction: async (events) =>
          acceptRoomEvents(
            async (tenant, entries) =>
              delivery.accept(
                tenant,
                entries.map(({ id, key, event }) => ({ id, key, event: { text: textOf(event) } })),
              ),
            () => as<HomeserverId>('main'),
            events.map((event) => ({
              tenant: acme,
              conversation: as<ConversationId>(event.room_id),
              event,
            })),
          ),
      },
    ],
    { clock: systemClock, logger: silentLogger },
  );
  await replica.start();
  const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
  return {
    store,
    delivery,
    async push(id: string, events: readonly object[]): Promise<number> {
      const answer = await fetch(`http://127.0.0.1:${port}/_matrix/app/v1/transactions/${id}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${hsToken}` },
        body: JSON.stringify({ events }),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    async close() {
      await endpoint.stop();
      await replica.stop();
      await store.close();
    },
  };
}

function textOf(event: unknown): string {
  return String((event as { event: { content: { body?: unknown } } }).event.content.body);
}

const transactionCount = 50;
const transaction = fc.record({
  /** Few ids: they are used again, as by a Synapse on SQLite that was restarted. */
  id: fc.nat({ max: 9 }),
  rooms: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 5 }),
  /** Which replica gets it, each time that it comes. */
  comesTo: fc.array(fc.nat({ max: 1 }), { minLength: 1, maxLength: 5 }),
});
const plan = fc
  .array(transaction, { minLength: transactionCount, maxLength: transactionCount })
  .chain((transactions) => {
    const sends = transactions.flatMap(({ comesTo }, at) => comesTo.map((replica) => ({ at, replica })));
    const order = fc.shuffledSubarray(sends, { minLength: sends.length });
    return fc.tuple(fc.constant(transactions), order, fc.integer({ min: 1, max: 16 }));
  });

describe.skipIf('unavailable' in programs)(
  'transactions that come 1 to 5 times, to two replicas at once (R5)',
  () => {
    let server: RunningPostgres;
    beforeAll(async () => {
      if (!('unavailable' in programs)) server = await startPostgres(programs);
    });
    afterAll(() => server.stop());

    it('have each of their events take effect once, also those of an id that was used before', async () => {
      const place = await server.createDatabase();
      const peers = createPeers();
      const replicas = [await startReplica(place, peers), await startReplica(place, peers)] as const;
      onTestFinished(async () => {
        await Promise.all(replicas.map(async (replica) => replica.close()));
        await server.dropDatabase(place);
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(plan, async ([transactions, sends, atOnce]) => {
          run += 1;
          const bodies = transactions.map(({ rooms }, at) =>
            rooms.map((room, n) => eventOf(`${run}-${at}-${n}`, { room_id: `!${run}-${room}:localhost` })),
          );
          const queue = [...sends];
          const sending = async (): Promise<void> => {
            for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
              const { id } = transactions[next.at]!;
              expect(await replicas[next.replica === 0 ? 0 : 1].push(`${run}-${id}`, bodies[next.at]!)).toBe(
                200,
              );
            }
          };
          await Promise.all(Array.from({ length: atOnce }, sending));
          const events = bodies.flat();
          const said = (): string[] =>
            peers.customers.map(({ text }) => text).filter((text) => text.startsWith(`${run}-`));
          await expect.poll(() => new Set(said()).size, { timeout: 60_000, interval: 5 }).toBe(events.length);
          await Promise.all(replicas.map(async ({ delivery }) => delivery.idle()));
          expect(said()).toHaveLength(events.length);
          const inRooms = [...peers.rooms.values()].filter(({ text }) => text.startsWith(`${run}-`));
          expect(inRooms).toHaveLength(events.length);
          // What the decisions left behind: one effect an event.
          const perRoom = Map.groupBy(events, ({ room_id: room }) => String(room));
          for (const [room, ofRoom] of perRoom)
            expect((await replicas[0].store.get(acme, counters, room))?.value.count).toBe(ofRoom.length);
        }),
        { numRuns: runs(4, 20), endOnFailure: true },
      );
    }, 600_000);
  },
);
