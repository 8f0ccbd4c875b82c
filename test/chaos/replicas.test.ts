import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { allRight } from './checker.ts';
import { endConnections } from './end-connections.ts';
import { runReplicaChaos, type ReplicaChaosPlan, type ReplicaChaosResult } from './replica-chaos-run.ts';
import { createRelayWorld, type RelayWorldOptions } from './relay-world.ts';
import { chosenSeed } from './seeded-random.ts';

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
        ...{ seed, faults: [], pauseMs: 15_000, paceMs: 200 },
        ...plan,
        disconnect: async () => endConnections(server.adminUrl),
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

  test('killed, paused for 15 s, told to end, and cut off from the database: none lost, doubled or reordered, none waits 12 s', async () => {
    const faults = ['kill', 'pause', 'disconnect', 'kill', 'terminate', 'pause', 'disconnect'] as const;
    const { toAgents, toCustomers, longestMs, lastWords } = await run({}, { faults });
    expect({ toAgents, toCustomers }, `seed ${seed}\n${lastWords}`).toEqual({
      toAgents: allRight,
      toCustomers: allRight,
    });
    expect(longestMs).toBeLessThan(12_000);
  }, 300_000);

  // A network that takes everything again, to which everything unclear is sent again: only leases keep two replicas from sending one message.
  test.each([
    ['by lease', undefined, 0],
    ['without asking for one, which the run must find', 'no-lease', 1],
  ])('working %s', async (_, plant, least) => {
    const world = plant === undefined ? {} : { plant };
    const { toCustomers } = await run(
      { policy: 'resend', faults: { busy: 0, broken: 0, cut: 0, slowMs: 50 }, ...world },
      { faults: ['none', 'none'], paceMs: 50, drainWithinMs: 10_000 },
    );
    if (least === 0) expect(toCustomers).toEqual(allRight);
    else expect(toCustomers.duplicated.length).toBeGreaterThanOrEqual(least);
  });
});
