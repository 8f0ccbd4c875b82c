import type { Pool, PoolClient } from 'pg';
import type { CollectionShape } from '../collections.ts';
import { fromDocument } from './document-text.ts';
import { keyOver, slotCount, type IndexSlot, type IndexSlots } from './index-slots.ts';
import { keyBytes } from './key-bytes.ts';
import { addIndexSlot } from './statements/add-index-slot.ts';
import { beginAddingIndex } from './statements/begin-adding-index.ts';
import { enterTenant } from './statements/enter-tenant.ts';
import { fillSlot } from './statements/fill-slot.ts';
import { listTenantNames } from './statements/list-tenant-names.ts';
import { loadIndexSlots } from './statements/load-index-slots.ts';
import { pageOfCollection } from './statements/page-of-collection.ts';
import { inTransaction } from './transaction.ts';

/**
 * Declares the collection's indexes to all replicas and puts the records that are there into them. Commits of all replicas
 * wait meanwhile, so that none writes a record without its key: nothing in a new installation, some 6 s for an index that a new
 * version declares over a hundred thousand records. What waits for longer than the lock's timeout is refused and comes again.
 */
export async function addIndexes(pool: Pool, shape: CollectionShape): Promise<IndexSlots> {
  return inTransaction(pool, beginAddingIndex, async (client) => {
    let slots = await loadIndexSlots(client);
    for (const fields of slots.missing(shape)) {
      if (slots.slotOf(shape.name, fields) !== undefined) continue;
      const added = { collection: shape.name, fields, slot: freeSlot(slots, shape) };
      await addIndexSlot(client, added);
      await fill(client, added);
      slots = await loadIndexSlots(client);
    }
    return slots;
  });
}

function freeSlot(slots: IndexSlots, { name }: CollectionShape): number {
  const taken = slots.of(name).map(({ slot }) => slot);
  for (let slot = 1; slot <= slotCount; slot += 1) if (!taken.includes(slot)) return slot;
  const known = slots.of(name).map(({ fields }) => fields.join('+'));
  throw new RangeError(
    `collection ${name} has ${slotCount} indexes already (${known.join(', ')}): a migration must add key columns`,
  );
}

async function fill(client: PoolClient, { collection, fields, slot }: IndexSlot): Promise<void> {
  for (const tenant of await listTenantNames(client)) {
    await enterTenant(client, tenant);
    let page = await pageOfCollection(client, tenant, collection, '');
    for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
      const keys = page.flatMap(({ id, document }) => {
        const key = keyOver(fields, id, JSON.parse(fromDocument(document)) as object);
        return key === undefined ? [] : [{ id, key: keyBytes(key) }];
      });
      if (keys.length > 0) await fillSlot(client, tenant, collection, slot, keys);
      page = await pageOfCollection(client, tenant, collection, last.id);
    }
  }
}
