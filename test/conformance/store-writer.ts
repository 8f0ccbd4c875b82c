// Writes batches until it is killed; a line on standard output is an acknowledgement. Started by store-crash.ts.
import { writeSync } from 'node:fs';
import { cursorOf, ledgerBatch, ledgerTenant, workers, type StoreModule } from './store-ledger.ts';

const [module = '', place = ''] = process.argv.slice(2);
const { openStore } = (await import(module)) as StoreModule;
const store = await openStore(place);

async function work(worker: string): Promise<never> {
  for (let number = (await cursorOf(store, worker)) + 1; ; number += 1) {
    await store.commit(ledgerTenant(worker), ledgerBatch(worker, number));
    // Written by the time it returns: what the parent has read, was acknowledged before the kill.
    writeSync(1, `${worker} ${number}\n`);
  }
}
await Promise.all(workers.map(work));
