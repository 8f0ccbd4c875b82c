import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '../../src/platform/ids.ts';
import {
  defineCollection,
  put,
  remove,
  type IndexValue,
  type Query,
  type Store,
  type Stored,
} from '../../src/store/store.ts';
import type { StoreEngine, StoreUnderTest } from './store-engine.ts';

interface Job {
  readonly lane: string;
  readonly urgent: boolean;
  readonly dueAt?: number | null;
  readonly name: string;
}
const indexes = { byDue: ['dueAt'], byLane: ['lane', 'dueAt'], all: ['lane', 'urgent', 'name'] } as const;
const jobs = defineCollection<Job>('jobs', indexes);
const acme = 'acme' as TenantId;

// Characters whose order is the same in every encoding; NUL and surrogates are left to each engine.
const text = fc.string({
  unit: fc.constantFrom('', 'a', 'b', 'B', ' ', '/', '%', "'", '\\', '\n', 'é', '鷗', '\uffee'),
  maxLength: 3,
});
const dueAt = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const job: fc.Arbitrary<Job> = fc.record(
  {
    lane: text,
    urgent: fc.boolean(),
    name: text,
    dueAt: fc.oneof({ weight: 9, arbitrary: dueAt }, fc.constant(null)),
  },
  { requiredKeys: ['lane', 'urgent', 'name'] },
);
const id = fc.integer({ min: 0, max: 40 }).map((at) => `job-${at}`);
const change = fc.record({ id, value: fc.option(job, { nil: undefined }) });

interface Range {
  readonly index: keyof typeof indexes;
  readonly like: Job;
  readonly fixed: boolean;
  readonly from: boolean;
  readonly to: Job | undefined;
  readonly descending: boolean;
  readonly limit: number;
}
const range: fc.Arbitrary<Range> = fc.record({
  index: fc.constantFrom('byDue', 'byLane', 'all'),
  like: job,
  fixed: fc.boolean(),
  from: fc.boolean(),
  to: fc.option(job, { nil: undefined }),
  descending: fc.boolean(),
  limit: fc.integer({ min: 1, max: 7 }),
});

function queryOf({ index, like, fixed, from, to, descending, limit }: Range): Query {
  const fields = indexes[index];
  const values = fields.map((field): IndexValue => like[field] ?? 0);
  const last = fields.at(-1)!;
  if (fixed) return { index, equals: values, descending, limit };
  return {
    index,
    equals: values.slice(0, -1),
    descending,
    limit,
    ...(from ? { from: values.at(-1)! } : {}),
    ...(to === undefined ? {} : { to: to[last] ?? 0 }),
  };
}

const compare = (a: IndexValue, b: IndexValue): number => (a === b ? 0 : a < b ? -1 : 1);

/** The query's docstring, word by word, over all records. */
function naiveFind(records: readonly Stored<Job>[], query: Query): Stored<Job>[] {
  const fields: readonly (keyof Job)[] = indexes[query.index as keyof typeof indexes];
  const open = fields.length > query.equals.length ? fields.at(-1) : undefined;
  const key = (record: Stored<Job>): IndexValue => (open === undefined ? 0 : record.value[open]!);
  const matching = records.filter((record) => {
    const values = fields.map((field) => record.value[field]);
    if (values.some((value) => value === undefined || value === null)) return false;
    if (query.equals.some((value, at) => compare(value, values[at]!) !== 0)) return false;
    if (query.from !== undefined && compare(key(record), query.from) < 0) return false;
    return query.to === undefined || compare(key(record), query.to) <= 0;
  });
  const sign = query.descending === true ? -1 : 1;
  return matching.sort((a, b) => sign * (compare(key(a), key(b)) || compare(a.id, b.id)));
}

export function storeQueryConformance(engine: StoreEngine): void {
  describe('queries', () => {
    let rig: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      rig = await engine.open();
      store = rig.store;
    });
    afterEach(() => rig.dispose());

    it('give what going through all records gives, page by page, while records change', async () => {
      const model = new Map<string, Stored<Job>>();
      const round = fc.record({
        changes: fc.array(change, { maxLength: 12 }),
        ranges: fc.array(range, { maxLength: 3 }),
      });
      await fc.assert(
        fc.asyncProperty(round, async ({ changes, ranges }) => {
          const batch = new Map(changes.map(({ id, value }) => [id, value]));
          await store.commit(
            acme,
            [...batch].map(([id, value]) =>
              value === undefined ? remove(jobs, id, 'any') : put(jobs, id, value, 'any'),
            ),
          );
          for (const [id, value] of batch) {
            if (value === undefined) model.delete(id);
            else model.set(id, { id, version: (model.get(id)?.version ?? 0) + 1, value: roundTrip(value) });
          }
          for (const query of ranges.map(queryOf)) {
            expect(await allPages(store, query)).toEqual(naiveFind([...model.values()], query));
          }
        }),
        { numRuns: 120 },
      );
      store = await rig.reopen();
      for (const index of ['byDue', 'byLane', 'all'] as const) {
        for (const query of fc.sample(range, 20).map((one) => queryOf({ ...one, index }))) {
          expect(await allPages(store, query)).toEqual(naiveFind([...model.values()], query));
        }
      }
    });

    it('give 100 unless told otherwise, and at most 1000', async () => {
      const many = Array.from({ length: 1005 }, (_, at) =>
        put(
          jobs,
          `j${String(at).padStart(4, '0')}`,
          { lane: 'l', urgent: false, name: 'n', dueAt: at },
          'absent',
        ),
      );
      await store.commit(acme, many);
      const query: Query = { index: 'byLane', equals: ['l'] };
      expect(await store.find(acme, jobs, query)).toHaveLength(100);
      const thousand = await store.find(acme, jobs, { ...query, limit: 1000 });
      expect(thousand).toHaveLength(1000);
      const rest = await store.find(acme, jobs, { ...query, limit: 1000, after: thousand.at(-1)! });
      expect(rest.map(({ value }) => value.dueAt)).toEqual([1000, 1001, 1002, 1003, 1004]);
      const newest = await store.find(acme, jobs, { ...query, descending: true, limit: 2 });
      expect(newest.map(({ value }) => value.dueAt)).toEqual([1004, 1003]);
      for (const limit of [0, 1001, 1.5]) {
        await expect(store.find(acme, jobs, { ...query, limit })).rejects.toThrow(/limit/);
      }
    });

    it('refuse what the index cannot answer', async () => {
      const wrong: Query[] = [
        { index: 'byName', equals: [] },
        { index: 'all', equals: ['l'] },
        { index: 'byDue', equals: [1, 2] },
        { index: 'byDue', equals: [1], from: 0 },
        { index: 'byDue', equals: [], from: Number.NaN },
      ];
      for (const query of wrong) {
        await expect(store.find(acme, jobs, query), JSON.stringify(query)).rejects.toThrow(/jobs.*index/);
      }
      const unfit = { lane: {} as never, urgent: true, name: 'n' };
      await expect(store.commit(acme, [put(jobs, 'j', unfit, 'any')])).rejects.toThrow(/jobs\/j.*lane/);
      const other = defineCollection<Job>('jobs', { byDue: ['name'] });
      await expect(store.find(acme, other, { index: 'byDue', equals: [] })).rejects.toThrow(/jobs.*twice/);
    });
  });
}

function roundTrip(value: Job): Job {
  return JSON.parse(JSON.stringify(value)) as Job;
}

async function allPages(store: Store, query: Query): Promise<Stored<Job>[]> {
  const all: Stored<Job>[] = [];
  for (let after: Stored<Job> | undefined; ; after = all.at(-1)) {
    const page = await store.find(acme, jobs, { ...query, ...(after === undefined ? {} : { after }) });
    all.push(...page);
    if (page.length < query.limit!) return all;
  }
}
