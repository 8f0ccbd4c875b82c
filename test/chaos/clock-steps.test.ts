import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { isFullRun, promisedMs } from '../fixtures/full-run.ts';
import { allRight } from './checker.ts';
import { runOutages, type Outage } from './outage-run.ts';
import { noFaults } from './relay-peers.ts';
import { chosenSeed } from './seeded-random.ts';
import { createSwitchboardWorld, type SwitchboardWorld, type WebhookAnswer } from './switchboard-world.ts';

const seed = chosenSeed();
const hour = 3_600_000;
const warning = "this machine's clock differs from the database's";
const programs = await ensurePostgres();

describe.skipIf('unavailable' in programs)('the clock of a machine is set by two hours (R16)', () => {
  let server: RunningPostgres;
  let steps: string;
  beforeAll(async () => {
    steps = await mkdtemp(join(tmpdir(), 'switchboard-clock-'));
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(async () => {
    await server.stop();
    await rm(steps, { recursive: true });
  });

  test('at one of two replicas, there and back: nothing is lost, doubled, reordered or held up', async () => {
    const database = await server.createDatabase();
    const answers: WebhookAnswer[] = [];
    const preload = new URL(`stepped-clock.ts?directory=${encodeURIComponent(steps)}`, import.meta.url);
    const world = await createSwitchboardWorld({
      ...{ seed, conversations: 6, faults: noFaults, onAnswer: (answer) => answers.push(answer) },
      shared: { replicas: 2, database },
      nodeArguments: ['--import', preload.href],
    });
    try {
      const all = [2 * hour, -2 * hour];
      const withinMs = promisedMs(12_000);
      const outages = (isFullRun ? [...all, ...all, ...all] : all).map((byMs, at) =>
        step(world, at % 2, byMs),
      );
      const { toAgents, toCustomers, reports, lastWords } = await runOutages(world, answers, outages);
      for (const { name, arrivedAfterMs } of reports)
        console.log(
          `seed ${seed}: ${name}: the next arrived ${arrivedAfterMs.toFixed(0)} ms after it was set back`,
        );
      expect({ toAgents, toCustomers }, `seed ${seed}\n${lastWords}`).toEqual({
        toAgents: allRight,
        toCustomers: allRight,
      });
      expect(lastWords).not.toContain('ended by itself');
      expect(lastWords).toContain(warning);
      for (const { arrivedAfterMs } of reports) expect(arrivedAfterMs).toBeLessThan(withinMs);
    } finally {
      await world.close();
      await server.dropDatabase(database);
    }
  });

  function step(world: SwitchboardWorld, replica: number, byMs: number): Outage {
    const port = world.targets[replica]?.env['SWITCHBOARD__HTTP__PORT'] ?? '';
    const set = async (ms: number): Promise<void> => writeFile(join(steps, port), String(ms));
    return {
      name: `replica ${replica} ${byMs > 0 ? 'ahead' : 'behind'} by 2 h`,
      awayMs: isFullRun ? 11_000 : 1000,
      // It asks the database every 10 s what time it is.
      untilSaid: (words) => words[replica]?.includes(warning) === true,
      begin: async () => set(byMs),
      end: async () => set(0),
    };
  }
});
