/** Runs work of one name one after the other, and work of different names side by side. Names at rest take no memory. */
export type SingleFlight = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export function createSingleFlight(): SingleFlight {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
