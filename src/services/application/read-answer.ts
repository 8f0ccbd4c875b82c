import type { Instruction } from '../instruction.ts';
import type { AnswerContext } from './answer-context.ts';
import { AnswerFault, shownName } from './answer-fault.ts';
import { mostInstructions } from './answer-schema.ts';
import { readJsonAnswer } from './read-json-answer.ts';
import { readTwiml } from './twiml/read-twiml.ts';

/** What an application said over HTTP. */
export interface HttpAnswer {
  /** The Content-Type header. */
  readonly type: string;
  readonly body: string;
}

const longestText = 4096;

/**
 * An answer as instructions, by its type: JSON, TwiML, plain text (is said), a sound (is played). An empty one asks for nothing.
 * @throws {AnswerFault}
 */
export function readAnswer({ type, body }: HttpAnswer, context: AnswerContext): Instruction[] {
  const kind = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  // A wait document may be the music itself.
  if (kind.startsWith('audio/')) return [{ do: 'play', url: context.url }];
  if (body.trim() === '') return [];
  const read = readKind(kind, body, context);
  if (read.length <= mostInstructions) return read;
  throw new AnswerFault(
    `found ${String(read.length)} instructions, expected at most ${String(mostInstructions)}.`,
  );
}

function readKind(kind: string, body: string, context: AnswerContext): Instruction[] {
  if (kind === 'application/json' || kind.endsWith('+json')) return readJsonAnswer(body, context);
  if (kind === 'text/xml' || kind === 'application/xml' || kind.endsWith('+xml'))
    return readTwiml(body, context);
  // Web frameworks call everything text/html that they are not told about.
  if (kind === 'text/html' && body.trimStart().startsWith('<?xml')) return readTwiml(body, context);
  if (kind === 'text/plain') {
    const text = body.trim();
    if (text.length <= longestText) return [{ do: 'say', text }];
    throw new AnswerFault(`found a text of more than ${String(longestText)} characters.`);
  }
  const found = kind === '' ? 'no Content-Type' : `Content-Type ${shownName(kind.replaceAll('/', ' '))}`;
  throw new AnswerFault(`found ${found}, expected application/json, text/xml or text/plain.`);
}
