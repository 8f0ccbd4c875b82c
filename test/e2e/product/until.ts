/** Waits until `look` finds something. `seen` says what there was instead, for the failure. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly withinMs?: number; readonly seen?: () => unknown } = {},
): Promise<T> {
  const { withinMs = 60_000, seen } = options;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) {
      const instead = seen === undefined ? '' : `; there was ${JSON.stringify(seen())}`;
      throw new Error(`waited ${String(withinMs / 1000)} s in vain for ${what}${instead}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
