import type { DialogText } from '../../directory/dialog.ts';
import type { Attributes, JsonValue } from '../instruction.ts';

const placeholder = /\{([\p{L}\d_-]{1,64})\}/gu;

/** The names between braces. */
export function placeholders(text: string): string[] {
  return [...text.matchAll(placeholder)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}

/** The text in a language of the dialog, with the attributes that it names. What nobody knows yet is left out; `{tenant}` is filled in later. */
export function fillIn(text: DialogText, language: string, attributes: Attributes): string {
  const written = typeof text === 'string' ? text : (text[language] ?? '');
  return filled(written, attributes, (value) => value);
}

/** The same in a URL, where a value is one part, whatever is in it. */
export function fillInUrl(url: string, attributes: Attributes): string {
  // Half a character, as a looked-up text may have one, cannot be encoded.
  return filled(url, attributes, (value) => encodeURIComponent(value.toWellFormed()));
}

/** The same in JSON; where a text is nothing but a name, the value stays what it is. */
export function fillInJson(value: JsonValue, attributes: Attributes): JsonValue {
  if (typeof value === 'string') {
    const [only] = placeholders(value);
    if (only !== undefined && value === `{${only}}`)
      return Object.hasOwn(attributes, only) ? (attributes[only] ?? null) : null;
    return filled(value, attributes, (text) => text);
  }
  if (Array.isArray(value)) return value.map((each: JsonValue) => fillInJson(each, attributes));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, fillInJson(each, attributes)]),
  );
}

function filled(text: string, attributes: Attributes, encode: (value: string) => string): string {
  return text.replace(placeholder, (whole: string, name: string) => {
    if (name === 'tenant') return whole;
    const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    return value === undefined || value === null
      ? ''
      : encode(typeof value === 'object' ? JSON.stringify(value) : String(value));
  });
}
