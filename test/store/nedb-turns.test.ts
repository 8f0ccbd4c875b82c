import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TenantId } from '../../src/platform/ids.ts';
import { defineCollection, put } from '../../src/store/store.ts';
import { makePlace, openStore } from './nedb-place.ts';

const entries = defineCollection<{ number: number }>('entries');
const heavy = 'heavy' as TenantId;
const light = 'light' as TenantId;

let place: string;
let dispose: () => Promise<void>;
beforeEach(async () => {
  ({ place, dispose } = await makePlace());
});
afterEach(() => dispose());

it('a tenant with one commit does not wait behind the thousand of another, and each keeps its order', async () => {
  const store = await openStore(place);
  const done: string[] = [];
  const commit = async (tenant: TenantId, number: number): Promise<void> => {
    await store.commit(tenant, [put(entries, 'last', { number }, 'any')]);
    done.push(`${tenant} ${String(number)}`);
  };
  const all = Array.from({ length: 1000 }, (_, number) => commit(heavy, number));
  all.push(commit(light, 0));
  await Promise.all(all);
  expect(done.indexOf('light 0')).toBeLessThan(64);
  expect(done.filter((name) => name.startsWith('heavy'))).toEqual(
    Array.from({ length: 1000 }, (_, number) => `heavy ${String(number)}`),
  );
  expect((await store.get(heavy, entries, 'last'))?.value.number).toBe(999);
  await store.close();
});
