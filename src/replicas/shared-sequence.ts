import type { Sequence } from '../delivery/sequence.ts';

/** Numbers that nobody else was given, and no smaller ones will be given from now on. */
export interface NumberBlock {
  readonly first: number;
  readonly count: number;
}

/**
 * Numbers for all replicas, from one source. What is asked for while a block is on its way waits for the next one: a number must be
 * greater than any that another replica was given before it was asked for, so none is kept for later.
 */
export function createSharedSequence(takeBlock: () => Promise<NumberBlock>): Sequence {
  let waiting: PromiseWithResolvers<number>[] = [];
  let pumping = false;

  const pump = async (): Promise<void> => {
    pumping = true;
    while (waiting.length > 0) {
      const asked = waiting;
      waiting = [];
      try {
        while (asked.length > 0) {
          const { first, count } = await takeBlock();
          for (const [at, one] of asked.splice(0, count).entries()) one.resolve(first + at);
        }
      } catch (error) {
        for (const one of asked) one.reject(error);
      }
    }
    pumping = false;
  };

  return {
    async next() {
      const one = Promise.withResolvers<number>();
      waiting.push(one);
      if (!pumping) void pump();
      return one.promise;
    },
  };
}
