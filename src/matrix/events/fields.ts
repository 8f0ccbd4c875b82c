/**
 * Reading of JSON that anybody in a room may have written: every reader gives `undefined` for what is absent, of another
 * type or out of bounds, and none throws.
 */
export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The object under a key. */
export function fieldsAt(fields: Fields | undefined, key: string): Fields | undefined {
  return fields === undefined || !Object.hasOwn(fields, key) ? undefined : fieldsOf(fields[key]);
}

/** The string under a key, if it is not longer than `longest` UTF-16 units. */
export function textAt(fields: Fields | undefined, key: string, longest = 65_536): string | undefined {
  if (fields === undefined || !Object.hasOwn(fields, key)) return undefined;
  const value = fields[key];
  return typeof value === 'string' && value.length <= longest ? value : undefined;
}

/** The whole number from `least` to `most` under a key; fractions (some clients write durations so) are rounded down. */
export function wholeNumberAt(
  fields: Fields | undefined,
  key: string,
  least: number,
  most: number,
): number | undefined {
  if (fields === undefined || !Object.hasOwn(fields, key)) return undefined;
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const whole = Math.floor(value);
  return whole >= least && whole <= most ? whole : undefined;
}

/** An event id under a key: `$` and up to 254 characters. */
export function eventIdAt(fields: Fields | undefined, key: string): string | undefined {
  const id = textAt(fields, key, 255);
  return id?.startsWith('$') === true && id.length > 1 ? id : undefined;
}

/** A copy without some keys. */
export function without(fields: Fields, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));
}
