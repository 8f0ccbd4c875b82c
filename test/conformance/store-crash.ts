import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../src/platform/crash-point.ts';
import { checkLedger } from './store-ledger.ts';

/** A store that a process of its own opens by a module's `openStore(place)`. */
export interface CrashableStore {
  /** File URL of a module that exports `openStore(place: string): Promise<Store>`. */
  readonly module: string;
  /** Points at which this engine can be made to die. */
  readonly points: readonly CrashPoint[];
  /** New, empty data. */
  readonly makePlace: () => Promise<{ readonly place: string; readonly dispose: () => Promise<void> }>;
}

/** Up to sixteen processes and stores, one after the other, each of which takes seconds to start on a busy machine. */
const manyStartsMs = 400_000;
const writer = fileURLToPath(new URL('store-writer.ts', import.meta.url));

interface Run {
  /** Per worker the last batch that was acknowledged. */
  readonly acknowledged: ReadonlyMap<string, number>;
  readonly signal: NodeJS.Signals | null;
}

/** Lets a writer run until it dies by itself or has acknowledged so many batches; then it is killed. */
async function runWriter(
  engine: CrashableStore,
  place: string,
  crashAt: string,
  killAfter: number,
): Promise<Run> {
  const child = spawn(process.execPath, [writer, engine.module, place], {
    env: { ...process.env, SWITCHBOARD_CRASH_AT: crashAt },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged = new Map<string, number>();
  let count = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [worker = '', number = ''] = line.split(' ');
    acknowledged.set(worker, Number(number));
    count += 1;
    if (count === killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_, signal) => resolve({ acknowledged, signal }));
  });
}

export function storeCrashConformance(name: string, engine: CrashableStore): void {
  describe(`${name}: kill -9`, () => {
    let place: Awaited<ReturnType<CrashableStore['makePlace']>>;
    beforeEach(async () => {
      place = await engine.makePlace();
    });
    afterEach(() => place.dispose());

    it.each(engine.points.flatMap((point) => [`${point}#1`, `${point}#6`]))(
      'at %s: every acknowledged batch is there, every other one whole or not at all',
      async (crashAt) => {
        // Something to lose, and then a start over what a crash left.
        await runWriter(engine, place.place, '', 40);
        for (let round = 0; round < 2; round += 1) {
          const run = await runWriter(engine, place.place, crashAt, 100_000);
          expect(run.signal).toBe('SIGKILL');
          expect(await checkLedger(engine.module, place.place, run.acknowledged)).toEqual([]);
        }
      },
      manyStartsMs,
    );

    it(
      'at random moments, again and again over the same data',
      async () => {
        const seed = Number(process.env['STORE_CRASH_SEED'] ?? Date.now() % 1_000_000);
        const moments = fc.sample(fc.integer({ min: 1, max: 600 }), { numRuns: 8, seed });
        for (const moment of moments) {
          const run = await runWriter(engine, place.place, '', moment);
          expect(run.signal, `seed ${seed}`).toBe('SIGKILL');
          expect(await checkLedger(engine.module, place.place, run.acknowledged), `seed ${seed}`).toEqual([]);
        }
      },
      manyStartsMs,
    );
  });
}
