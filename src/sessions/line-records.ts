import type { LineId, TenantId } from '../platform/ids.ts';
import { RecordMoved, type LineRecords } from '../channels/channel.ts';
import { check, Conflict, defineCollection, put, remove, type Store } from '../store/store.ts';

export const lineRecords = defineCollection<{
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
    async read(key) {
      const found = await store.get(tenant, lineRecords, idOf(key));
      return found === undefined ? undefined : { value: found.value.value, version: found.version };
    },
    async set(entries, { onlyIf } = {}) {
      const writes = Object.entries(entries).map(([key, value]) => {
        const expect = key === onlyIf?.key ? onlyIf.version : 'any';
        return value === undefined
          ? remove(lineRecords, idOf(key), expect)
          : put(lineRecords, idOf(key), { line, key, value }, expect);
      });
      if (onlyIf !== undefined && !Object.hasOwn(entries, onlyIf.key))
        writes.push(check(lineRecords, idOf(onlyIf.key), onlyIf.version));
      try {
        if (writes.length > 0) await store.commit(tenant, writes);
      } catch (error) {
        if (error instanceof Conflict)
          throw new RecordMoved('a record of the line was written meanwhile', { cause: error });
        throw error;
      }
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
