import type { JsonValue } from '../instruction.ts';

/** What an application is told, by Twilio's names where it has them. Values that are lists or objects go into a form as JSON. */
export type RequestParameters = Readonly<Record<string, JsonValue>>;

/** In a form everything is text. */
export function asForm(parameters: RequestParameters): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value),
    ]),
  );
}
