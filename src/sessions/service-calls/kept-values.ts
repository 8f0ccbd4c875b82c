import type { Attributes, JsonValue } from '../../services/instruction.ts';

/** Picks what is to be kept out of a JSON answer, by paths such as `customer.orders.0.id`. What is not there is null. */
export function keptValues(answer: JsonValue, keep: Readonly<Record<string, string>>): Attributes {
  return Object.fromEntries(Object.entries(keep).map(([name, path]) => [name, valueAt(answer, path)]));
}

function valueAt(answer: JsonValue, path: string): JsonValue {
  let value: JsonValue = answer;
  for (const part of path === '' ? [] : path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return null;
    value = (value as Readonly<Record<string, JsonValue>>)[part] ?? null;
  }
  return value;
}
