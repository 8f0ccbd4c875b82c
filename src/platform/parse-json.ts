/** Undefined for what is no JSON: the schema that reads it then says what was expected instead. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
