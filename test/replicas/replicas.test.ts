import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { openSequence } from '../../src/delivery/sequence.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import type { MembershipTimes } from '../../src/replicas/membership.ts';
import { createSharedSequence } from '../../src/replicas/shared-sequence.ts';
import { PostgresSignals } from '../../src/store/postgres/postgres-signals.ts';
import { allRight } from '../chaos/checker.ts';
import { chosenSeed, seededRandom } from '../chaos/seeded-random.ts';
import { createFaultyStore } from '../delivery/faulty-store.ts';
import { openShared } from '../store/postgres-place.ts';
import {
  createEngineReplica,
  createPeers,
  shortTimes,
  type EngineReplica,
  type Peers,
} from './engine-replica.ts';
import { runReplicas, type RunPlan } from './replica-run.ts';
import { createSignalHub } from './signal-hub.ts';

const seed = chosenSeed();
const seeds = [seed, seed + 1, seed + 2];

/** Where nobody fails: with short times a machine that stands still for a moment looks like a process that does. */
const longTimes: MembershipTimes = { beatMs: 500, lookMs: 100, lifeMs: 60_000, marginMs: 5000 };

type Start = (peers: Peers, plan: RunPlan) => Promise<() => Promise<EngineReplica>>;

function timesOf({ faults }: RunPlan): MembershipTimes {
  return faults.length === 0 ? longTimes : shortTimes;
}

/** A store in this process that several engines share; one signal in five gets lost, so that looking round has to find the work. */
const embedded: Start = async (peers, plan) => {
  const store = createFaultyStore();
  const random = seededRandom(plan.seed + 7);
  const hub = createSignalHub(() => random() < 0.2);
  const sequence = await openSequence(store, systemClock);
  return async () => {
    const replica = createEngineReplica({ store, signals: hub(), sequence, peers, times: timesOf(plan) });
    await replica.start();
    return replica;
  };
};

function suite(start: Start): void {
  const run = async (plan: RunPlan, peers = createPeers()) => {
    const result = await runReplicas(plan, peers, await start(peers, plan));
    const { rooms, customers } = result;
    expect({ rooms, customers }, `seed ${plan.seed}`).toEqual({ rooms: allRight, customers: allRight });
    return result;
  };

  it.each(seeds)('relay in order what any of them takes (seed %i)', async (seed) => {
    const plan = { seed, conversations: 8, messages: 25, faults: [], pauseMs: 0 };
    expect((await run(plan)).unclear).toBe(0);
  });

  it.each(seeds)(
    'lose, double and reorder nothing while some are killed, paused and stopped (seed %i)',
    async (seed) => {
      const faults = ['kill', 'pause', 'stop', 'pause', 'kill'] as const;
      await run({ seed, conversations: 8, messages: 60, faults, pauseMs: 600 });
    },
  );
}

describe('replicas on a store in one process', () => {
  suite(embedded);
});

const programs = await ensurePostgres();
describe.skipIf('unavailable' in programs)('replicas on PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  suite(async (peers, plan) => {
    const place = await server.createDatabase();
    const closing: (() => Promise<void>)[] = [];
    onTestFinished(async () => {
      await Promise.all(closing.map(async (close) => close()));
      await server.dropDatabase(place);
    });
    return async () => {
      const store = await openShared(place, { maxConnections: 4 });
      const signals = await PostgresSignals.open({
        connection: { connectionString: place },
        clock: systemClock,
        logger: silentLogger,
      });
      closing.push(async () => {
        await signals.close();
        await store.close();
      });
      const sequence = createSharedSequence(async () => store.takeNumbers());
      const replica = createEngineReplica({ store, signals, sequence, peers, times: timesOf(plan) });
      await replica.start();
      return replica;
    };
  });
});
