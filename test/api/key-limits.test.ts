import { describe, expect, it, onTestFinished } from 'vitest';
import { KeyLimits } from '../../src/api/keys/key-limits.ts';
import { shareTakings } from '../../src/api/keys/shared-takings.ts';
import type { Caller } from '../../src/api/caller.ts';
import { as } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { acme, openWorld } from '../sessions/world.ts';

const key: Caller = { kind: 'key', tenant: acme, id: 'k1', scopes: [] };
const operator: Caller = { kind: 'operator' };

/** Some replicas on one store, which count how often they go there; 1,000 in ten seconds for each key, 2,000 for the operator. */
async function open(replicas: number) {
  const world = await openWorld();
  onTestFinished(async () => world.close());
  const { clock, store } = world;
  const seen = { told: 0, isAway: false };
  const share = shareTakings(store);
  const limits = Array.from(
    { length: replicas },
    () =>
      new KeyLimits(
        { perKey: 100, operator: 200 },
        {
          clock,
          logger: silentLogger,
          share: async (...taken) => {
            seen.told += 1;
            if (seen.isAway) throw new Error('the store is away');
            return share(...taken);
          },
        },
      ),
  );
  /** Asks that often at a replica, one after the other; how often it was let in. */
  const ask = async (replica: number, times: number, caller = key): Promise<number> => {
    let admitted = 0;
    for (let n = 0; n < times; n += 1) {
      try {
        await limits[replica]?.take(caller);
        admitted += 1;
      } catch {
        // One too many.
      }
    }
    return admitted;
  };
  return { clock, seen, ask };
}

describe('the limit of a key', () => {
  it('holds over all replicas, to a twentieth for each, whoever was asked how much before', async () => {
    const { ask } = await open(3);
    expect(await ask(1, 10)).toBe(10);
    const alone = await ask(0, 2000);
    const others = [await ask(1, 2000), await ask(2, 2000)];
    const sum = 10 + alone + others.reduce((all, one) => all + one, 0);
    expect(sum).toBeGreaterThanOrEqual(1000);
    expect(sum).toBeLessThanOrEqual(1000 + 3 * 50);
  });

  it('holds where all replicas are asked at once', async () => {
    const { ask } = await open(4);
    const admitted = await Promise.all([0, 1, 2, 3].map(async (replica) => ask(replica, 1000)));
    const sum = admitted.reduce((all, one) => all + one, 0);
    expect(sum).toBeGreaterThanOrEqual(1000);
    expect(sum).toBeLessThanOrEqual(1000 + 4 * 50);
  });

  it('comes back with time, for all of them together', async () => {
    const { ask, clock } = await open(2);
    await ask(0, 2000);
    await ask(1, 2000);
    clock.advance(5000);
    const sum = (await ask(0, 300)) + (await ask(1, 1000));
    expect(sum).toBeGreaterThan(500 - 2 * 50);
    expect(sum).toBeLessThanOrEqual(500 + 2 * 50);
  });

  it('is another one for each key, and for the operator', async () => {
    const { ask } = await open(2);
    expect(await ask(0, 2000)).toBe(1000);
    expect(await ask(0, 10, { ...key, id: 'k2' })).toBe(10);
    expect(await ask(0, 10, { ...key, tenant: as('bolt') })).toBe(10);
    const ofOperator = (await ask(0, 3000, operator)) + (await ask(1, 3000, operator));
    expect(ofOperator).toBeGreaterThanOrEqual(2000);
    expect(ofOperator).toBeLessThanOrEqual(2000 + 2 * 100);
  });

  it('asks the store once for a batch of requests, and not at all for a slow caller', async () => {
    const { ask, seen, clock } = await open(2);
    await ask(0, 500);
    expect(seen.told).toBeLessThanOrEqual(500 / 25);
    clock.advance(20_000);
    const before = seen.told;
    for (let n = 0; n < 20; n += 1) {
      expect(await ask(1, 1)).toBe(1);
      clock.advance(1000);
    }
    expect(seen.told).toBe(before);
  });

  it('holds at each replica where the store is away', async () => {
    const { ask, seen } = await open(1);
    seen.isAway = true;
    expect(await ask(0, 1500)).toBe(1000);
  });
});
