import { expect, it } from 'vitest';
import { createSharedSequence } from '../../src/replicas/shared-sequence.ts';

function source(count: number) {
  let next = 0;
  const takes: PromiseWithResolvers<undefined>[] = [];
  return {
    takes,
    takeBlock: async () => {
      const first = next;
      next += count;
      const take = Promise.withResolvers<undefined>();
      takes.push(take);
      await take.promise;
      return { first, count };
    },
  };
}

it('gives what is asked for at once in the order of asking, from as many blocks as it takes', async () => {
  const { takeBlock, takes } = source(3);
  const sequence = createSharedSequence(takeBlock);
  const asked = Promise.all(Array.from({ length: 5 }, async () => sequence.next()));
  const given = async (): Promise<number[]> => {
    for (let done = 0; ; done += 1) {
      while (takes.length <= done) await new Promise(setImmediate);
      takes[done]!.resolve(undefined);
      if (done === 2) return asked;
    }
  };
  const numbers = await given();
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(new Set(numbers).size).toBe(5);
});

it('gives nothing of a block that was taken before it was asked', async () => {
  const { takeBlock, takes } = source(1000);
  const sequence = createSharedSequence(takeBlock);
  const before = sequence.next();
  const during = sequence.next();
  takes[0]!.resolve(undefined);
  expect(await before).toBe(0);
  // Another process may have been given numbers since the first block was taken.
  takes[1]?.resolve(undefined);
  await new Promise(setImmediate);
  takes[1]?.resolve(undefined);
  expect(await during).toBe(1000);
});

it('tells all that waited that there are none, and tries again for who asks next', async () => {
  let fail = true;
  const sequence = createSharedSequence(async () => {
    if (fail) throw new Error('away');
    return { first: 7, count: 10 };
  });
  const refused = await Promise.allSettled([sequence.next(), sequence.next()]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fail = false;
  expect(await sequence.next()).toBe(7);
});
