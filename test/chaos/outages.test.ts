import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { isFullRun, promisedMs } from '../fixtures/full-run.ts';
import { mountSmallDisk, whyNoSmallDisk, type SmallDisk } from '../fixtures/small-disk.ts';
import { allRight } from './checker.ts';
import { runOutages, type Outage, type OutageResult } from './outage-run.ts';
import { noFaults } from './relay-peers.ts';
import { chosenSeed } from './seeded-random.ts';
import {
  createSwitchboardWorld,
  type SwitchboardWorldOptions,
  type WebhookAnswer,
} from './switchboard-world.ts';

const seed = chosenSeed();
const programs = await ensurePostgres();
/** So many that a single stall of the machine, in which each of the six who talk waits for one answer, is not half of them. */
const leastRefused = 40;

async function run(
  options: Partial<SwitchboardWorldOptions>,
  outages: readonly Outage[],
): Promise<OutageResult> {
  const answers: WebhookAnswer[] = [];
  const world = await createSwitchboardWorld({
    ...{ seed, conversations: 6, faults: noFaults, onAnswer: (answer) => answers.push(answer) },
    ...options,
  });
  try {
    const result = await runOutages(world, answers, outages);
    const { toAgents, toCustomers, lastWords } = result;
    for (const { name, duringIt, takenAfterMs, arrivedAfterMs, answeredAfterMs } of result.reports) {
      const slowest = Math.max(0, ...duringIt.map(({ begun, ended }) => ended - begun));
      console.log(
        `seed ${seed}: ${name}: ${duringIt.length} answers, the slowest after ${slowest.toFixed(0)} ms; ` +
          `taken again after ${takenAfterMs.toFixed(0)} ms, arrived after ${arrivedAfterMs.toFixed(0)} ms, ` +
          `agents heard after ${answeredAfterMs.toFixed(0)} ms`,
      );
    }
    expect({ toAgents, toCustomers }, `seed ${seed}\n${lastWords}`).toEqual({
      toAgents: allRight,
      toCustomers: allRight,
    });
    expect(lastWords).not.toContain('ended by itself');
    expect(world.rooms()).toHaveLength(world.places.length);
    return result;
  } finally {
    await world.close();
  }
}

function diskFull(disk: SmallDisk, whenFree: () => Promise<void> = async () => undefined): Outage {
  return {
    name: 'disk full',
    awayMs: 500,
    untilRefused: 10,
    begin: async () => disk.fill(),
    async end() {
      await disk.free();
      await whenFree();
    },
  };
}

describe.skipIf('unavailable' in programs)(
  'PostgreSQL stops as if its machine had failed, and starts again (R12)',
  () => {
    let server: RunningPostgres;
    beforeAll(async () => {
      if (!('unavailable' in programs)) server = await startPostgres(programs);
    });
    afterAll(() => server.stop());

    test('replicas answer 503 at once, do not end, and take and pass on within 5 s after it', async () => {
      const database = await server.createDatabase();
      const outages = (isFullRun ? [1000, 30_000] : [1000, 4000]).map((awayMs): Outage => ({
        name: `PostgreSQL away for ${awayMs / 1000} s`,
        awayMs,
        untilRefused: leastRefused,
        begin: async () => server.halt('immediate'),
        end: async () => server.resume(),
      }));
      // The homeserver would come back by itself in minutes only: agents are heard because it is called back.
      const { reports } = await run({ shared: { replicas: 2, database }, secondMs: 120_000 }, outages);
      for (const { duringIt, takenAfterMs, arrivedAfterMs, answeredAfterMs } of reports) {
        expect(duringIt.length).toBeGreaterThanOrEqual(leastRefused);
        expect(new Set(duringIt.map(({ status }) => status))).toEqual(new Set([503]));
        const tookMs = duringIt.map(({ begun, ended }) => ended - begun).sort((a, b) => a - b);
        expect(tookMs.at(isFullRun ? -1 : tookMs.length / 2)).toBeLessThan(1000);
        expect(takenAfterMs).toBeLessThan(promisedMs(5000));
        expect(arrivedAfterMs).toBeLessThan(promisedMs(10_000));
        expect(answeredAfterMs).toBeLessThan(promisedMs(15_000));
      }
      await server.dropDatabase(database);
    });
  },
);

describe('a disk that is full (R13)', () => {
  test('under the embedded store: refused, and taken again when there is room; what was stored loads', async (context) => {
    const disk = await mountSmallDisk(16);
    if (disk === undefined) return context.skip(whyNoSmallDisk);
    onTestFinished(async () => disk.unmount());
    const { reports } = await run({ dataDirectory: disk.directory }, [diskFull(disk), diskFull(disk)]);
    for (const { takenAfterMs } of reports) expect(takenAfterMs).toBeLessThan(promisedMs(5000));
  });

  test.skipIf('unavailable' in programs)('under PostgreSQL: likewise', async (context) => {
    if ('unavailable' in programs) return;
    const disk = await mountSmallDisk(64);
    if (disk === undefined) return context.skip(whyNoSmallDisk);
    onTestFinished(async () => disk.unmount());
    const server = await startPostgres(programs, ['max_wal_size=16MB', 'min_wal_size=8MB'], disk.directory);
    try {
      const database = await server.createDatabase();
      // Where it could not even write its log it has ended, and is started as an operator would.
      const { reports } = await run({ shared: { replicas: 2, database } }, [
        diskFull(disk, async () => server.restart('immediate')),
        diskFull(disk, async () => server.restart('immediate')),
      ]);
      for (const { takenAfterMs } of reports) expect(takenAfterMs).toBeLessThan(promisedMs(5000));
    } finally {
      await server.stop();
    }
  });
});
