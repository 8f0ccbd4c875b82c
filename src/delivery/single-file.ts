/** Lets through one at a time for each name, in the order of asking. */
export interface SingleFile {
  /** Resolves when nobody before is inside any more, with what lets the next one in. */
  enter(name: string): Promise<() => void>;
}

export function createSingleFile(): SingleFile {
  /** When the last who asked will have left. */
  const last = new Map<string, Promise<void>>();
  return {
    async enter(name) {
      const before = last.get(name);
      const { promise: left, resolve } = Promise.withResolvers<undefined>();
      const mine: Promise<void> = left;
      last.set(name, mine);
      await before;
      return () => {
        if (last.get(name) === mine) last.delete(name);
        resolve(undefined);
      };
    },
  };
}
