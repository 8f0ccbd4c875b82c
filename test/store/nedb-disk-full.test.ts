import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TenantId } from '../../src/platform/ids.ts';
import { defineCollection, put, StoreUnavailable, type Store } from '../../src/store/store.ts';
import { mountSmallDisk, whyNoSmallDisk } from '../fixtures/small-disk.ts';
import { openStore } from './nedb-place.ts';

const entries = defineCollection<{ filler: string }>('entries');
const acme = 'acme' as TenantId;

/** Commits until the disk is full; gives the ids that were acknowledged. */
async function fill(store: Store, prefix: string): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let at = 0; at < 1000; at += 1) {
    const ids = ['x', 'y'].map((part) => `${prefix}${at}${part}`);
    try {
      const filler = { filler: 'f'.repeat(5000) };
      await store.commit(
        acme,
        ids.map((id) => put(entries, id, filler, 'absent')),
      );
      acknowledged.push(...ids);
    } catch (error) {
      expect(error).toBeInstanceOf(StoreUnavailable);
      expect((error as Error).message).toContain('ENOSPC');
      for (const id of ids) expect(await store.get(acme, entries, id)).toBeUndefined();
      return acknowledged;
    }
  }
  throw new Error('the disk never filled');
}

it('when the disk is full refuses whole batches, and goes on once there is room', async (context) => {
  const disk = await mountSmallDisk(1);
  if (disk === undefined) return context.skip(whyNoSmallDisk);
  try {
    const ballast = join(disk.directory, 'ballast');
    await writeFile(ballast, Buffer.alloc(300 * 1024));
    // Checkpoints are tried on the full disk too, and fail.
    let store = await openStore(disk.directory, { checkpointBytes: 200 * 1024 });
    const acknowledged = await fill(store, 'first');
    expect(acknowledged.length).toBeGreaterThan(20);
    await expect(
      store.commit(acme, [put(entries, 'still', { filler: 'f'.repeat(1_100_000) }, 'absent')]),
    ).rejects.toBeInstanceOf(StoreUnavailable);
    await rm(ballast);
    acknowledged.push(...(await fill(store, 'second')));
    await store.close();

    store = await openStore(disk.directory, { checkpointBytes: Number.MAX_SAFE_INTEGER });
    expect(store.openReport).toMatchObject({ records: acknowledged.length, droppedBytes: 0 });
    for (const id of acknowledged) expect(await store.get(acme, entries, id)).toBeDefined();
    await store.close();
  } finally {
    await disk.unmount();
  }
});
