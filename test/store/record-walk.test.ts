import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TenantId } from '../../src/platform/ids.ts';
import { compareBytes } from '../../src/store/byte-order.ts';
import { copyRecords } from '../../src/store/copy-records.ts';
import type { Difference } from '../../src/store/record-differences.ts';
import { digestCollections, unlikeCollections } from '../../src/store/record-digest.ts';
import { inWalkOrder, type WalkedRecord } from '../../src/store/record-walk.ts';

const text = fc.string({ unit: 'binary', maxLength: 4 });
const record: fc.Arbitrary<WalkedRecord> = fc.record({
  tenant: fc.constantFrom('acme', 'bolt') as fc.Arbitrary<TenantId>,
  collection: fc.constantFrom('a', 'b'),
  id: fc.constantFrom('1', '2', 'é', '\uffee', '\u{1f600}'),
  version: fc.integer({ min: 1, max: 2 }),
  json: fc.json(),
});
const nameOf = ({ tenant, collection, id }: WalkedRecord): string => JSON.stringify([tenant, collection, id]);
const side = fc
  .uniqueArray(record, { selector: nameOf, maxLength: 20 })
  .map((records) => records.sort(inWalkOrder));

async function* walk(records: readonly WalkedRecord[]): AsyncGenerator<WalkedRecord> {
  yield* records;
}

describe('strings by their bytes', () => {
  it('are in the order of their UTF-8', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });
});

describe('a copy of all records', () => {
  it('makes any target the source, and after that nothing is left to do', async () => {
    await fc.assert(
      fc.asyncProperty(side, side, async (source, before) => {
        const present = new Map(before.map((one) => [nameOf(one), one]));
        const target = {
          walk: () => walk([...present.values()].sort(inWalkOrder)),
          async write(tenant: TenantId, differences: readonly Difference[]): Promise<void> {
            for (const { kind, record: one } of differences) {
              expect(one.tenant).toBe(tenant);
              expect(present.has(nameOf(one))).toBe(kind !== 'missing');
              if (kind === 'surplus') present.delete(nameOf(one));
              else present.set(nameOf(one), one);
            }
          },
        };
        const first = await copyRecords(walk(source), target, () => undefined);
        expect(first.written + first.alike).toBe(source.length);
        const [wanted, found] = [
          await digestCollections(walk(source)),
          await digestCollections(target.walk()),
        ];
        expect(found).toEqual(wanted);
        expect(unlikeCollections(wanted, found)).toEqual([]);
        const second = await copyRecords(walk(source), target, () => undefined);
        expect(second).toEqual({ written: 0, removed: 0, alike: source.length });
      }),
    );
  });

  it('has another digest when an id, a version, a value or a record is another', async () => {
    const one = { tenant: 'acme' as TenantId, collection: 'a', id: '1', version: 1, json: '{"a":1,"b":[2]}' };
    const digest = async (...records: WalkedRecord[]): Promise<string> =>
      JSON.stringify(await digestCollections(walk(records)));
    const all = await Promise.all([
      digest(one),
      digest({ ...one, id: '2' }),
      digest({ ...one, version: 2 }),
      digest({ ...one, json: '{"a":1,"b":[3]}' }),
      digest({ ...one, tenant: 'bolt' as TenantId }),
      digest(one, { ...one, id: '2' }),
      digest(),
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(await digest({ ...one, json: '{ "b": [2.0], "a": 1 }' })).toBe(all[0]);
  });
});
