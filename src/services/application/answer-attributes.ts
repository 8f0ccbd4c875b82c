import type { JsonValue } from '../instruction.ts';
import { AnswerFault } from './answer-fault.ts';

const largestBytes = 16 * 1024;

/** @throws {AnswerFault} `where` names the place in the answer */
export function readAttributes(value: unknown, where: string): Readonly<Record<string, JsonValue>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AnswerFault(`${where}: found something else, expected attributes as a JSON object.`);
  if (Buffer.byteLength(JSON.stringify(value)) > largestBytes)
    throw new AnswerFault(`${where}: found more than 16 KB of attributes.`);
  return value as Readonly<Record<string, JsonValue>>;
}
