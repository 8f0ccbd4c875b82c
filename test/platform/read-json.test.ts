import { expect, it } from 'vitest';
import { deepestJson, readJson } from '../../src/platform/read-json.ts';

const nested = (depth: number, open = '{"a":', close = '}'): Buffer =>
  Buffer.from(`${open.repeat(depth)}1${close.repeat(depth)}`);

it('reads JSON of 64 levels and not of 65, of objects and lists alike', () => {
  expect(deepestJson).toBe(64);
  for (const [open, close] of [
    ['{"a":', '}'],
    ['[', ']'],
  ] as const) {
    expect(() => readJson(nested(64, open, close))).not.toThrow();
    expect(() => readJson(nested(66, open, close))).toThrow(/nested deeper than 64/);
  }
});

it('minds neither a million levels nor a million fields', () => {
  expect(() => readJson(nested(1_000_000, '[', ']'))).toThrow();
  const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${String(at)}`, {}]));
  expect(Object.keys(readJson(Buffer.from(JSON.stringify(wide))) as object)).toHaveLength(100_000);
});

it('refuses what is no JSON, and what is no UTF-8', () => {
  for (const body of ['', '{', 'nul', '[1,]']) expect(() => readJson(Buffer.from(body))).toThrow();
  expect(() => readJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow();
});
