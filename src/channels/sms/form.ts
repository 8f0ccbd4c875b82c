import { readJson } from '../../platform/read-json.ts';

/** Parameters of a request. Repeated ones keep all of their values. A Map: names such as `__proto__` are only names in it. */
export type Form = ReadonlyMap<string, readonly string[]>;

/** More than Twilio ever sends, by a wide margin. */
const maxParameters = 500;

/** Reads a query or a form body. @throws {BadForm} when there are too many parameters. */
export function parseForm(encoded: string): Form {
  const form = new Map<string, string[]>();
  let count = 0;
  for (const [name, value] of new URLSearchParams(encoded)) {
    count += 1;
    if (count > maxParameters) throw new BadForm(`more than ${maxParameters} parameters`);
    const values = form.get(name);
    if (values === undefined) form.set(name, [value]);
    else values.push(value);
  }
  return form;
}

/** Reads a flat JSON object, which some of Twilio's products post instead of a form. @throws {BadForm} */
export function parseJsonForm(body: Buffer): Form {
  let content: unknown;
  try {
    content = readJson(body);
  } catch (error) {
    throw new BadForm('the body is no JSON', { cause: error });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new BadForm('the body is no JSON object');
  }
  const entries = Object.entries(content).filter(
    (entry): entry is [string, string | number] =>
      typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return new Map(entries.map(([name, value]) => [name, [String(value).toWellFormed()]]));
}

/** The one value of a parameter; empty counts as absent. @throws {BadForm} when it has several that differ. */
export function oneOf(form: Form, name: string): string | undefined {
  const values = new Set(form.get(name) ?? []);
  if (values.size > 1) throw new BadForm(`${name} is given twice with different values`);
  const [value] = values;
  return value === '' ? undefined : value;
}

export class BadForm extends Error {
  override readonly name = 'BadForm';
}
