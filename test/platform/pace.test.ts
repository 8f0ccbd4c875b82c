import { describe, expect, it } from 'vitest';
import { createPace, type EventLoop } from '../../src/platform/pace.ts';

/** An event loop that moves only when told. */
function manualLoop() {
  const quiet: (() => void)[] = [];
  const later: (() => void)[] = [];
  const loop: EventLoop = {
    whenQuiet: (then) => quiet.push(then),
    later: (then) => later.push(then),
  };
  const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    loop,
    /** Everything that follows from the present turn, and the turns after it that still belong to the slice. */
    async quiet(): Promise<void> {
      await settled();
      for (let then = quiet.shift(); then !== undefined; then = quiet.shift()) {
        then();
        await settled();
      }
    },
    /** What came from outside was taken; the next slice begins. */
    async comesRound(): Promise<void> {
      for (const then of later.splice(0)) then();
      await this.quiet();
    },
    isIdle: (): boolean => later.length === 0,
  };
}

function worker() {
  const manual = manualLoop();
  const pace = createPace(manual.loop);
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

  it('pause after eight, so that what comes from outside is taken', async () => {
    const { manual, done, work } = worker();
    work('heavy', 100);
    await manual.quiet();
    expect(done).toHaveLength(8);
    work('light');
    await manual.quiet();
    expect(done).toHaveLength(8);
    await manual.comesRound();
    expect(done).toHaveLength(16);
    expect(done.indexOf('light')).toBeLessThanOrEqual(9);
  });

  it('leave nothing behind when there is no more to do', async () => {
    const { manual, pace, done, work } = worker();
    work('light', 3);
    await manual.quiet();
    await manual.comesRound();
    expect([done.length, pace.waiting, manual.isIdle()]).toEqual([3, 0, true]);
  });

  it('on the real event loop: what follows at once from a turn comes before the next one', async () => {
    const pace = createPace();
    const seen: string[] = [];
    const step = async (name: string): Promise<void> => {
      await pace.turn(name);
      for (let depth = 0; depth < 10; depth += 1) {
        seen.push(name);
        await Promise.resolve();
      }
    };
    await Promise.all([step('a'), step('b'), step('c')]);
    expect(seen.join('')).toBe('a'.repeat(10) + 'b'.repeat(10) + 'c'.repeat(10));
  });
});
