import type { TenantId } from '../../src/platform/ids.ts';
import { defineCollection, type Collection, put, type Store, type Write } from '../../src/store/store.ts';

/*
 * What the killed process writes, and how one sees whether it is right. Each worker writes batches 1, 2, 3 ...; batch k
 * has two entries in two collections and moves the worker's cursor from k-1 to k. So the cursor tells exactly which entries must be there.
 */
interface Entry {
  readonly worker: string;
  readonly number: number;
}
const left: Collection<Entry> = defineCollection<Entry>('left', { byWorker: ['worker', 'number'] });
const right: Collection<Entry> = defineCollection<Entry>('right', {
  byWorker: ['worker', 'number'],
});
const cursors = defineCollection<{ number: number }>('cursors');
/** What a module must export whose stores are killed. */
export interface StoreModule {
  readonly openStore: (place: string) => Promise<Store>;
}
export const workers = ['a', 'b', 'c', 'd', 'e', 'f'];

export function ledgerTenant(worker: string): TenantId {
  return (worker < 'd' ? 'first' : 'second') as TenantId;
}

export async function cursorOf(store: Store, worker: string): Promise<number> {
  return (await store.get(ledgerTenant(worker), cursors, worker))?.value.number ?? 0;
}

export function ledgerBatch(worker: string, number: number): Write[] {
  const id = `${worker}-${number}`;
  const entry = { worker, number, filler: 'x'.repeat((number * 37) % 500) };
  return [
    put(left, id, { worker, number }, 'absent'),
    put(cursors, worker, { number }, number === 1 ? 'absent' : number - 1),
    put(right, id, entry, 'absent'),
  ];
}

/** Opens the data and gives what is wrong with it, in words. */
export async function checkLedger(
  module: string,
  place: string,
  acknowledged: ReadonlyMap<string, number>,
): Promise<string[]> {
  const { openStore } = (await import(module)) as StoreModule;
  const store = await openStore(place);
  try {
    const wrong: string[] = [];
    for (const worker of workers) {
      const cursor = await cursorOf(store, worker);
      const promised = acknowledged.get(worker) ?? 0;
      if (cursor < promised) wrong.push(`${worker}: ${promised} acknowledged, ${cursor} there`);
      if (cursor > promised + 1 && promised > 0)
        wrong.push(`${worker}: ${cursor} there, ${promised} asked for`);
      for (const collection of [left, right]) {
        const numbers = await entriesOf(store, worker, collection);
        if (numbers.length !== cursor || numbers.some((number, at) => number !== at + 1)) {
          wrong.push(`${worker}: cursor ${cursor}, ${collection.name} has ${numbers.length}`);
        }
      }
    }
    return wrong;
  } finally {
    await store.close();
  }
}

async function entriesOf(store: Store, worker: string, collection: Collection<Entry>): Promise<number[]> {
  const numbers: number[] = [];
  for (;;) {
    const query = { index: 'byWorker', equals: [worker], from: numbers.length + 1, limit: 1000 };
    const page = await store.find(ledgerTenant(worker), collection, query);
    if (page.length === 0) return numbers;
    numbers.push(...page.map(({ value }) => value.number));
  }
}
