import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '../../src/platform/ids.ts';
import type { Logger } from '../../src/platform/log.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { StoreDamaged } from '../../src/store/nedb/store-damaged.ts';
import { defineCollection, put, type Store } from '../../src/store/store.ts';
import { makePlace, openStore } from './nedb-place.ts';

const entries = defineCollection<{ number: number; filler: string }>('entries', { byNumber: ['number'] });
const acme = 'acme' as TenantId;
const noCheckpoint = { checkpointBytes: Number.MAX_SAFE_INTEGER };

let place: string;
let dispose: () => Promise<void>;
beforeEach(async () => {
  ({ place, dispose } = await makePlace());
});
afterEach(() => dispose());

/** Commits one entry a group and gives the journal's length after each. */
async function writeEntries(store: Store, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number += 1) {
    const filler = 'ä'.repeat(number % 7 === 0 ? 700 : 20);
    await store.commit(acme, [put(entries, String(number), { number, filler }, 'absent')]);
  }
}

async function numbersIn(store: Store): Promise<number[]> {
  const found = await store.find(acme, entries, { index: 'byNumber', equals: [], limit: 1000 });
  return found.map(({ value }) => value.number);
}

async function onlyFile(kind: 'journal' | 'checkpoint'): Promise<string> {
  const names = (await readdir(place)).filter((name) => name.startsWith(kind));
  expect(names).toHaveLength(1);
  return join(place, names[0]!);
}

/** Opens, expects a refusal that names file, place and cure, and that nothing was changed. */
async function expectRefusal(file: string): Promise<StoreDamaged> {
  const before = await readFile(file);
  const refusal: unknown = await openStore(place, noCheckpoint).then(
    async (store) => {
      const found = await numbersIn(store);
      await store.close();
      return new Error(`opened, with ${found.length} records`);
    },
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(StoreDamaged);
  const damaged = refusal as StoreDamaged;
  expect(damaged.file).toBe(file);
  expect(damaged.message).toContain(`${file}, byte ${damaged.offset}`);
  expect(damaged.message).toContain('backup');
  expect(await readFile(file)).toEqual(before);
  return damaged;
}

describe('a journal', () => {
  /** Ends of the frames: the title's, and one for each entry. */
  let ends: number[];
  let journal: string;
  let whole: Buffer;
  beforeEach(async () => {
    const store = await openStore(place, noCheckpoint);
    journal = await onlyFile('journal');
    ends = [(await readFile(journal)).length];
    for (let number = 1; number <= 20; number += 1) {
      await writeEntries(store, number, number);
      ends.push((await readFile(journal)).length);
    }
    await store.close();
    whole = await readFile(journal);
  });

  it('with any byte changed is refused, naming the record that the byte is in', async () => {
    const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(change, async ([at, mask]) => {
        const changed = Buffer.from(whole);
        changed[at]! ^= mask;
        await writeFile(journal, changed);
        const { offset } = await expectRefusal(journal);
        expect(offset).toBe(ends.findLast((end) => end <= at) ?? 0);
      }),
      { numRuns: 150, examples: [[[whole.length - 1, 1]], [[whole.length - 200, 255]], [[0, 1]]] },
    );
  });

  it('cut short at any byte loses the cut record only, says so, and goes on', async () => {
    const warnings: object[] = [];
    const logger: Logger = { ...silentLogger, warn: (fields) => warnings.push(fields) };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: ends[0]!, max: whole.length }), async (length) => {
        await writeFile(journal, whole);
        await truncate(journal, length);
        warnings.length = 0;
        const kept = ends.findLastIndex((end) => end <= length);
        const dropped = length - ends[kept]!;
        let store = await openStore(place, { ...noCheckpoint, logger });
        expect(store.openReport).toMatchObject({ records: kept, droppedBytes: dropped });
        expect(warnings).toHaveLength(dropped > 0 ? 1 : 0);
        if (dropped > 0)
          expect(warnings[0]).toMatchObject({ file: journal, offset: ends[kept], bytes: dropped });
        await writeEntries(store, kept + 1, kept + 2);
        await store.close();
        store = await openStore(place, noCheckpoint);
        expect(await numbersIn(store)).toEqual(Array.from({ length: kept + 2 }, (_, at) => at + 1));
        await store.close();
      }),
      { numRuns: 40 },
    );
  });

  it('whose beginning is cut is refused', async () => {
    await truncate(journal, ends[0]! - 1);
    await expectRefusal(journal);
  });

  it('whose last write left blocks that the disk never wrote drops it', async () => {
    const lastLong = ends[13]!;
    for (const tail of [
      Buffer.alloc(5000),
      Buffer.concat([whole.subarray(lastLong, ends[14]! - 800), Buffer.alloc(800)]),
      Buffer.concat([Buffer.alloc(700), whole.subarray(lastLong + 700, ends[14])]),
    ]) {
      await writeFile(journal, Buffer.concat([whole.subarray(0, lastLong), tail]));
      const store = await openStore(place, noCheckpoint);
      expect(store.openReport).toMatchObject({ records: 13, droppedBytes: tail.length });
      await store.close();
    }
  });

  it('with such blocks before an acknowledged record is refused', async () => {
    const holed = Buffer.from(whole).fill(0, ends[13]! + 100, ends[13]! + 1200);
    await writeFile(journal, holed);
    expect((await expectRefusal(journal)).offset).toBe(ends[13]);
  });

  it('with a record taken out, put twice, or of another file is refused', async () => {
    const [a, b, c] = [ends[4]!, ends[5]!, ends[6]!];
    for (const edited of [
      [whole.subarray(0, a), whole.subarray(b)],
      [whole.subarray(0, c), whole.subarray(b)],
      [whole.subarray(0, ends[0]), whole.subarray(0)],
    ]) {
      await writeFile(journal, Buffer.concat(edited));
      await expectRefusal(journal);
    }
  });

  it('opens with the cure that the refusal names', async () => {
    const changed = Buffer.from(whole);
    changed[ends[10]! + 40]! ^= 1;
    await writeFile(journal, changed);
    const { message } = await expectRefusal(journal);
    const length = Number(/truncate -s (\d+) /.exec(message)?.[1]);
    await truncate(journal, length);
    const store = await openStore(place, noCheckpoint);
    expect(await numbersIn(store)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await store.close();
  });
});

describe('checkpoints', () => {
  it('keep the files small, and everything in them', async () => {
    const options = { checkpointBytes: 8 * 1024 };
    let store = await openStore(place, options);
    for (let round = 1; round <= 300; round += 1) {
      const value = { number: round, filler: 'x'.repeat(300) };
      await store.commit(acme, [put(entries, `e${round % 10}`, value, 'any')]);
    }
    await store.close();
    const names = (await readdir(place)).sort();
    expect(names.filter((name) => name.startsWith('checkpoint'))).toHaveLength(1);
    expect(names.filter((name) => name.startsWith('journal'))).toHaveLength(1);
    expect(names).toHaveLength(3);
    store = await openStore(place, options);
    expect(await numbersIn(store)).toEqual([291, 292, 293, 294, 295, 296, 297, 298, 299, 300]);
    expect((await store.get(acme, entries, 'e0'))?.version).toBe(30);
    await store.close();
  });

  describe('damaged', () => {
    beforeEach(async () => {
      const store = await openStore(place, { checkpointBytes: 20 * 1024 });
      for (let from = 1; (await readdir(place)).every((name) => !/^checkpoint-\d+$/.test(name)); from += 10) {
        await writeEntries(store, from, from + 9);
      }
      await store.close();
    });

    it('with any byte changed, or cut short, are refused', async () => {
      const checkpoint = await onlyFile('checkpoint');
      const whole = await readFile(checkpoint);
      const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 0, max: 255 }));
      await fc.assert(
        fc.asyncProperty(change, async ([at, mask]) => {
          const changed = Buffer.from(whole);
          changed[at]! ^= mask;
          await writeFile(checkpoint, mask === 0 ? changed.subarray(0, at) : changed);
          await expectRefusal(checkpoint);
        }),
        { numRuns: 60 },
      );
    });

    it('or with the journal after them missing are refused', async () => {
      const journal = await onlyFile('journal');
      await rm(journal);
      await expect(openStore(place)).rejects.toThrow(/journal-\d+, byte 0: .*missing/);
    });

    it('or missing themselves are refused', async () => {
      await rm(await onlyFile('checkpoint'));
      await expect(openStore(place)).rejects.toBeInstanceOf(StoreDamaged);
    });
  });
});

it('refuses files of a later format, and says so', async () => {
  const store = await openStore(place);
  await store.close();
  const { encodeFrame } = await import('../../src/store/nedb/frame.ts');
  const title = { switchboard: 'journal', format: 2, after: 0 };
  await writeFile(await onlyFile('journal'), encodeFrame(Buffer.from(`${JSON.stringify(title)}\n`)));
  await expect(openStore(place)).rejects.toThrow(/format 2, this program knows 1/);
});

it('writes what waits in one turn of the event loop in one group', async () => {
  const groups: number[] = [];
  const store = await openStore(place, { onGroup: ({ batches }) => groups.push(batches) });
  const value = { number: 1, filler: '' };
  await Promise.all(
    Array.from({ length: 64 }, (_, at) => store.commit(acme, [put(entries, `e${at}`, value, 'absent')])),
  );
  expect(groups).toEqual([64]);
  await store.close();
});
