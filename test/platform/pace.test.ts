import { describe, expect, it } from 'vitest';
import { createPace, turnsInRound } from '../../src/platform/pace.ts';

/** An event loop that moves only when told. */
function manualLoop() {
  const waiting: (() => void)[] = [];
  const quiet = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    later: (then: () => void) => waiting.push(then),
    quiet,
    /** What came from outside was taken; the next round begins. */
    async comesRound(): Promise<void> {
      for (const then of waiting.splice(0)) then();
      await quiet();
    },
    isIdle: (): boolean => waiting.length === 0,
  };
}

function worker() {
  const manual = manualLoop();
  const pace = createPace(manual.later);
  const done: string[] = [];
  const work = (tenant: string, count = 1): void => {
    for (let n = 0; n < count; n += 1)
      void pace.turn(tenant).then(() => {
        done.push(tenant);
      });
  };
  return { manual, pace, done, work };
}

describe('turns on the thread', () => {
  it('come at once where nobody else is', async () => {
    const { manual, done, work } = worker();
    work('light');
    await manual.quiet();
    expect(done).toEqual(['light']);
  });

  it('alternate between tenants, however many one of them waits for', async () => {
    const { manual, done, work } = worker();
    work('heavy', 1000);
    await manual.quiet();
    const before = done.length;
    work('light', 2);
    await manual.comesRound();
    expect(done.slice(before, before + 5)).toEqual(['heavy', 'light', 'heavy', 'light', 'heavy']);
  });

  it('of twenty tenants, one with a hundred times as much: nobody waits for more than one turn of each', async () => {
    const { manual, done, work } = worker();
    work('heavy', 2000);
    await manual.quiet();
    const others = Array.from({ length: 19 }, (_, n) => `light-${String(n)}`);
    for (let burst = 0; burst < 20; burst += 1) {
      const from = done.length;
      for (const other of others) work(other);
      for (let round = 0; round < 3; round += 1) await manual.comesRound();
      const turns = done.slice(from, from + 20);
      expect(turns.filter((tenant) => tenant === 'heavy')).toHaveLength(1);
      expect(new Set(turns).size).toBe(20);
    }
  });

  it('pause after a round, so that what comes from outside is taken', async () => {
    const { manual, done, work } = worker();
    work('heavy', 4 * turnsInRound);
    await manual.quiet();
    expect(done).toHaveLength(turnsInRound);
    work('light');
    await manual.quiet();
    expect(done).toHaveLength(turnsInRound);
    await manual.comesRound();
    expect(done).toHaveLength(2 * turnsInRound);
    expect(done.indexOf('light')).toBeLessThanOrEqual(turnsInRound + 1);
  });

  it('leave nothing behind when there is no more to do', async () => {
    const { manual, pace, done, work } = worker();
    work('light', 3);
    await manual.comesRound();
    await manual.comesRound();
    expect([done.length, pace.waiting, manual.isIdle()]).toEqual([3, 0, true]);
  });

  it('on the real event loop: all come, and a light tenant before the most of a heavy one', async () => {
    const pace = createPace();
    const seen: string[] = [];
    const step = async (name: string): Promise<void> => {
      await pace.turn(name);
      seen.push(name);
    };
    const heavy = Array.from({ length: 10 * turnsInRound }, async () => step('heavy'));
    await Promise.all([...heavy, step('light')]);
    expect(seen).toHaveLength(10 * turnsInRound + 1);
    expect(seen.indexOf('light')).toBeLessThanOrEqual(turnsInRound + 1);
  });
});
