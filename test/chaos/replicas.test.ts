import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { allRight } from './checker.ts';
import { runReplicaChaos, type ReplicaChaosPlan, type ReplicaChaosResult } from './replica-chaos-run.ts';
import { createRelayWorld, type RelayWorldOptions } from './relay-world.ts';
import { chosenSeed } from './seeded-random.ts';
import { disconnect, kill, nothing, pauseUntilMoved, terminate } from './strikes.ts';

const seed = chosenSeed();
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('replicas of the engine on PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  async function run(
    options: Partial<RelayWorldOptions>,
    plan: Partial<ReplicaChaosPlan>,
  ): Promise<ReplicaChaosResult> {
    const database = await server.createDatabase();
    const world = await createRelayWorld({
      ...{
        seed,
        conversations: 20,
        policy: 'ask',
        faults: { busy: 0.01, broken: 0.005, cut: 0, slowMs: 50 },
      },
      ...options,
      shared: { replicas: 3, database },
    });
    try {
      const result = await runReplicaChaos(world, {
        ...{ seed, strikes: [], paceMs: 200 },
        ...plan,
      });
      const { messages, unclear, longestMs, seconds } = result;
      console.log(
        `seed ${seed}: ${messages} messages in ${seconds.toFixed(1)} s, ${unclear} shown as unclear, the longest ${longestMs.toFixed(0)} ms under way`,
      );
      return result;
    } finally {
      await world.close();
      await server.dropDatabase(database);
    }
  }

  test('killed, paused until others have its work, told to end, and cut off from the database: none lost, doubled or reordered', async () => {
    const cut = disconnect(server);
    const strikes = [kill(), pauseUntilMoved, cut, kill(), terminate, pauseUntilMoved, cut];
    const { toAgents, toCustomers, lastWords } = await run({}, { strikes });
    expect({ toAgents, toCustomers }, `seed ${seed}\n${lastWords}`).toEqual({
      toAgents: allRight,
      toCustomers: allRight,
    });
  });

  // What tells this from working without a lease is that the same without one is found (rows/planted.ts).
  test('a network that takes everything again, to which all that is unclear is sent again: nothing is doubled', async () => {
    const { toCustomers } = await run(
      { policy: 'resend', faults: { busy: 0, broken: 0, cut: 0, slowMs: 50 } },
      { strikes: [nothing, nothing], paceMs: 50, drainWithinMs: 10_000 },
    );
    expect(toCustomers).toEqual(allRight);
  });
});
