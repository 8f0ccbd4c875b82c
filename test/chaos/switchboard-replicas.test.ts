import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { allRight } from './checker.ts';
import { runReplicaChaos } from './replica-chaos-run.ts';
import { chosenSeed } from './seeded-random.ts';
import { disconnect, kill, pauseUntilMoved, terminate } from './strikes.ts';
import { createSwitchboardWorld } from './switchboard-world.ts';

const seed = chosenSeed();
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('replicas of Switchboard on PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  test('killed, paused until others have its work, told to end, and cut off from the database: none lost, doubled or reordered', async () => {
    const database = await server.createDatabase();
    const world = await createSwitchboardWorld({
      ...{ seed, conversations: 10, faults: { busy: 0.005, broken: 0.005, cut: 0.005 } },
      shared: { replicas: 2, database },
    });
    try {
      const result = await runReplicaChaos(world, {
        ...{ seed, paceMs: 400 },
        strikes: [kill(), pauseUntilMoved, disconnect(server), terminate, kill()],
      });
      const { toAgents, toCustomers, messages, longestMs, seconds, lastWords } = result;
      console.log(
        `seed ${seed}: behind ${world.entrance}, ${messages} messages in ${seconds.toFixed(1)} s, the longest ${longestMs.toFixed(0)} ms under way`,
      );
      expect({ toAgents, toCustomers }, `seed ${seed}\n${lastWords}`).toEqual({
        toAgents: allRight,
        toCustomers: allRight,
      });
      expect(world.rooms()).toHaveLength(world.places.length);
    } finally {
      await world.close();
      await server.dropDatabase(database);
    }
  });
});
