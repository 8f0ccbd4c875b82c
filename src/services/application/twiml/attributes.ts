import { AnswerFault, shownName } from '../answer-fault.ts';
import { resolveUrl, type AnswerContext } from '../answer-context.ts';
import { withMethod, type HttpMethod } from '../url-method.ts';
import { elementsOf, placeOf, type XmlElement } from './xml-tree.ts';

/** Reads what stands in a verb's attributes. All throw {@link AnswerFault} with place, verb and attribute. */

export function refuseOthers(element: XmlElement, known: readonly string[]): void {
  const other = Object.keys(element.attributes).find((name) => !known.includes(name));
  if (other === undefined) return;
  const expected = known.length === 0 ? 'no attributes' : `only ${known.join(', ')}`;
  throw new AnswerFault(
    `${placeOf(element)}: found the attribute ${shownName(other)}, expected ${expected}.`,
  );
}

export function refuseChildren(element: XmlElement, known: readonly string[] = []): void {
  const other = elementsOf(element).find(({ name }) => !known.includes(name));
  if (other === undefined) return;
  const expected = known.length === 0 ? 'nothing' : known.join(', ');
  throw new AnswerFault(
    `${placeOf(other)}: found it inside ${shownName(element.name)}, expected ${expected} there.`,
  );
}

export function wholeNumber(
  element: XmlElement,
  name: string,
  range: { readonly from: number; readonly to: number },
): number | undefined {
  const value = element.attributes[name];
  if (value === undefined) return undefined;
  const number = /^\d{1,9}$/.test(value.trim()) ? Number(value) : NaN;
  if (number >= range.from && number <= range.to) return number;
  throw wrong(element, name, `a whole number from ${String(range.from)} to ${String(range.to)}`);
}

export function oneOf<const T extends string>(
  element: XmlElement,
  name: string,
  values: readonly T[],
): T | undefined {
  const value = element.attributes[name];
  if (value === undefined) return undefined;
  const found = values.find((known) => known.toLowerCase() === value.trim().toLowerCase());
  if (found !== undefined) return found;
  throw wrong(element, name, values.join(' or '));
}

export function methodOf(element: XmlElement, name = 'method'): HttpMethod | undefined {
  return oneOf(element, name, ['GET', 'POST']);
}

/** With the method that stands in another attribute. An empty URL counts as none, as Twilio has it. */
export function urlOf(
  context: AnswerContext,
  element: XmlElement,
  name: string,
  method = 'method',
): string | undefined {
  const value = element.attributes[name];
  const by = methodOf(element, method);
  if (value === undefined || value.trim() === '') return undefined;
  return withMethod(resolveUrl(context, value, `${placeOf(element)}: ${name}`), by);
}

export function wrong(element: XmlElement, name: string, expected: string): AnswerFault {
  return new AnswerFault(`${placeOf(element)}: ${name}: found something else, expected ${expected}.`);
}
