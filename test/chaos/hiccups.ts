/** Whether this attempt at sending `id` fails: of every so many ids one fails one to three times, then no more. */
export type Hiccups = (id: string) => boolean;

/** `every` 0: nothing fails. */
export function createHiccups(every: number, random: () => number): Hiccups {
  const left = new Map<string, number>();
  return (id) => {
    if (every === 0) return false;
    const before = left.get(id) ?? ((left.size + 1) % every === 0 ? 1 + Math.floor(random() * 3) : 0);
    left.set(id, Math.max(0, before - 1));
    return before > 0;
  };
}
