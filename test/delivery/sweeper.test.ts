import { expect, test } from 'vitest';
import { aging, createSweeper } from '../../src/delivery/sweeper.ts';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { defineCollection, put, StoreUnavailable } from '../../src/store/store.ts';
import { manualClock } from '../fixtures/manual-clock.ts';
import { createFaultyStore } from './faulty-store.ts';

const notes = defineCollection<{ readonly at: number }>('notes', { byAge: ['at'] });
const tenants = ['acme', 'bolt', 'cog', 'dyno'].map((name) => as<TenantId>(name));

test('what is wrong with some tenants leaves no other unswept, and is told once', async () => {
  const store = createFaultyStore();
  const clock = manualClock();
  const told: object[] = [];
  for (const tenant of tenants) await store.commit(tenant, [put(notes, 'n', { at: clock.now() }, 'absent')]);
  store.beforeCommit = (tenant) => {
    if (tenant === 'acme' || tenant === 'cog') throw new StoreUnavailable('of this tenant');
  };
  const sweeper = createSweeper({
    ...{ store, clock, everyMs: 1000 },
    logger: { ...silentLogger, warn: (fields: object) => told.push(fields) },
    retention: () => ({ also: [aging(notes, 'byAge', 500)] }),
  });
  const left = async (): Promise<string[]> => {
    const found = await Promise.all(
      tenants.map(async (tenant) => ((await store.get(tenant, notes, 'n')) === undefined ? [] : [tenant])),
    );
    return found.flat();
  };

  sweeper.start();
  clock.advance(1000);
  await expect.poll(() => told).toMatchObject([{ tenant: 'acme', tenants: 2 }]);
  expect(await left()).toEqual(['acme', 'cog']);

  store.beforeCommit = () => undefined;
  // The next round is set when the one before has ended.
  await expect.poll(() => clock.pending).toBe(1);
  clock.advance(1000);
  await expect.poll(left).toEqual([]);
  expect(told).toHaveLength(1);
  sweeper.stop();
});
