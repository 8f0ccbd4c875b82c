import type { LineId, TenantId } from '../platform/ids.ts';
import type { LineRecords } from '../channels/channel.ts';
import { defineCollection, put, remove, type Store } from '../store/store.ts';

const lineRecords = defineCollection<{
  readonly line: LineId;
  readonly key: string;
  readonly value: unknown;
}>('line-records', {
  byKey: ['line', 'key'],
});

/** Behind the last key that begins with a prefix, in the order of UTF-16 code units. */
const pastAnyKey = '\uffff';

/** What a channel module remembers of its line, in the store. */
export function createLineRecords(store: Store, tenant: TenantId, line: LineId): LineRecords {
  const idOf = (key: string): string => `${line}|${key}`;
  return {
    async get(key) {
      return (await store.get(tenant, lineRecords, idOf(key)))?.value.value;
    },
    async set(entries) {
      const writes = Object.entries(entries).map(([key, value]) =>
        value === undefined
          ? remove(lineRecords, idOf(key), 'any')
          : put(lineRecords, idOf(key), { line, key, value }, 'any'),
      );
      if (writes.length > 0) await store.commit(tenant, writes);
    },
    async list({ prefix, after, limit }) {
      const from = after !== undefined && after > prefix ? after : prefix;
      const found = await store.find(tenant, lineRecords, {
        index: 'byKey',
        equals: [line],
        from,
        to: prefix + pastAnyKey,
        // One more than asked for: `after` itself is among them where it still exists.
        limit: Math.min(limit + 1, 1000),
      });
      return found
        .filter(({ value }) => value.key.startsWith(prefix) && (after === undefined || value.key > after))
        .slice(0, limit)
        .map(({ value }) => ({ key: value.key, value: value.value }));
    },
  };
}
