/** Deeper JSON is no message of anybody's, and deep recursion is a way to fell a process. */
export const deepestJson = 64;

/** What a peer sent as JSON. @throws {Error} for what is no UTF-8, no JSON, or nested deeper than {@link deepestJson} */
export function readJson(body: Uint8Array): unknown {
  const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (isDeeperThan(value, deepestJson)) throw new SyntaxError(`nested deeper than ${String(deepestJson)}`);
  return value;
}

/** Without recursion, so that it is safe on any depth. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    const next: unknown[] = [];
    for (const each of level)
      if (typeof each === 'object' && each !== null)
        for (const inner of Object.values(each))
          if (typeof inner === 'object' && inner !== null) next.push(inner);
    level = next;
  }
  return false;
}
