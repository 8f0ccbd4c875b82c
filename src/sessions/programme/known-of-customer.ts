import { excerpt } from '../../message/excerpt.ts';
import type { SessionRecord } from '../session.ts';

const longestValue = 200;
const mostShown = 40;

/** What the customer answered and what was looked up, each on a line, for the agents. Empty where nothing is known. */
export function knownOfCustomer({ attributes = {} }: SessionRecord): string[] {
  return Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .slice(0, mostShown)
    .map(([name, value]) => `${name}: ${excerpt(shown(value), longestValue)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
