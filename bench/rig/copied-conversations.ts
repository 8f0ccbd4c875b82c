import { createHash } from 'node:crypto';
import { deliveries, nativeRecords, seenEntries } from '../../src/delivery/collections.ts';
import { messageLinks } from '../../src/delivery/message-links.ts';
import { addresses, conversations } from '../../src/directory/contact.ts';
import { replicas } from '../../src/replicas/replica-records.ts';
import { lineRecords } from '../../src/sessions/line-records.ts';
import { messageRecords } from '../../src/sessions/message-record.ts';
import { sessions } from '../../src/sessions/session.ts';
import type { WalkedRecord } from '../../src/store/record-walk.ts';
import { defineCollection, put, type Collection } from '../../src/store/store.ts';
import type { StoreAccess } from './store-access.ts';

/** Those with indexes, which a store must be told of. */
const indexed: readonly Collection<never>[] = [
  addresses,
  conversations,
  deliveries,
  lineRecords,
  messageLinks,
  messageRecords,
  nativeRecords,
  seenEntries,
  sessions,
] as never;

/** Few enough that a busy server takes them in time. */
const writesOfACommit = 500;
const copiesAtOnce = 4;

/** All records of the conversations that there are: those whose ids tell them from another conversation's. Agents' desks are none. */
export async function readTemplates(access: StoreAccess): Promise<WalkedRecord[]> {
  const records: WalkedRecord[] = [];
  for await (const record of access.walk())
    if (
      record.collection !== replicas.name &&
      renamed(record.id, 0) !== record.id &&
      !record.json.includes('desk:')
    )
      records.push(record);
  return records;
}

/**
 * Adds copies of all templates, with ids of their own: those numbered `from` to below `to`. Quicker by far than having the conversations, and the
 * same to the store. They are looked at by nobody: rooms and customers of these names do not exist.
 */
export async function copyConversations(
  access: StoreAccess,
  templates: readonly WalkedRecord[],
  from: number,
  to: number,
): Promise<void> {
  const byTenant = Map.groupBy(templates, ({ tenant }) => tenant);
  const collectionOf = new Map<string, Collection<never>>(indexed.map((one) => [one.name, one]));
  for (const { collection } of templates) {
    if (!collectionOf.has(collection)) collectionOf.set(collection, defineCollection(collection));
  }
  const store = await access.open();
  try {
    let next = from;
    const work = async (): Promise<void> => {
      while (next < to) {
        const number = next;
        next += 1;
        for (const [tenant, ofTenant] of byTenant) {
          const writes = ofTenant.map(({ collection, id, json }) => {
            const value = JSON.parse(renamed(json, number)) as object;
            return put(collectionOf.get(collection) as never, renamed(id, number), value, 'any');
          });
          for (let first = 0; first < writes.length; first += writesOfACommit)
            await store.commit(tenant, writes.slice(first, first + writesOfACommit));
        }
      }
    };
    await Promise.all(Array.from({ length: copiesAtOnce }, work));
  } finally {
    await store.close();
  }
}

/** Ghosts; ids of ours; events and rooms; the customer's name on the network. */
const names = /_[0-9a-f]{32}:|(?<![\w-])[\w-]{32}(?![\w-])|\$e\d+|!r\d+|\b(?:known|last|shown) \d+/g;

function renamed(text: string, number: number): string {
  return text.replaceAll(names, (name) => {
    if (name.length < 32) return `${name}${String(number).padStart(6, '0')}`;
    const hash = createHash('sha256').update(`${String(number)} ${name}`);
    return name.endsWith(':')
      ? `_${hash.digest('hex').slice(0, 32)}:`
      : hash.digest('base64url').slice(0, 32);
  });
}
