import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endOfPrefix, endOfValues, encodeValues, recordKey } from '../../src/store/index-key.ts';
import type { IndexValue } from '../../src/store/store.ts';

// NUL, the escape character and lone surrogates included.
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\0', '\u00ff', '\u0001', 'i', 'j', 't', 's', '\ud800', '\uffff'),
    fc.string({ unit: 'binary' }),
  ),
  maxLength: 4,
});
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.constant(-0));
const sameType = fc.oneof(
  fc.tuple(text, text),
  fc.tuple(number, number),
  fc.tuple(fc.boolean(), fc.boolean()),
) as fc.Arbitrary<[IndexValue, IndexValue]>;
const rank = (value: IndexValue): number => ['boolean', 'number', 'string'].indexOf(typeof value);
const order = (a: IndexValue, b: IndexValue): number => rank(a) - rank(b) || (a === b ? 0 : a < b ? -1 : 1);
const orderOfAll = (a: readonly IndexValue[], b: readonly IndexValue[]): number =>
  a.map((value, at) => order(value, b[at]!)).find((result) => result !== 0) ?? 0;

it('orders keys as values and then ids are ordered', () => {
  const pair = fc.tuple(fc.array(sameType, { minLength: 1, maxLength: 3 }), text, text);
  fc.assert(
    fc.property(pair, ([columns, idA, idB]) => {
      const [a, b] = [columns.map(([value]) => value), columns.map(([, value]) => value)];
      const expected = Math.sign(orderOfAll(a, b) || order(idA, idB));
      expect(order(recordKey(a, idA), recordKey(b, idB))).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

it('encloses exactly the records that begin with, or have, the values', () => {
  const value: fc.Arbitrary<IndexValue> = fc.oneof(text, number, fc.boolean());
  fc.assert(
    fc.property(fc.tuple(value, value), fc.tuple(value, value), text, (fixed, record, id) => {
      const key = recordKey(record, id);
      const inside = (from: string, before: string): boolean => key >= from && key < before;
      expect(inside(encodeValues(fixed.slice(0, 1)), endOfPrefix(fixed.slice(0, 1)))).toBe(
        order(fixed[0], record[0]) === 0,
      );
      expect(inside(encodeValues(fixed), endOfValues(fixed))).toBe(orderOfAll(fixed, record) === 0);
    }),
    { numRuns: 3000 },
  );
});
