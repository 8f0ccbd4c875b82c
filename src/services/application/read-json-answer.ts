import { as } from '../../platform/ids.ts';
import type { EnqueueRequest, Instruction } from '../instruction.ts';
import { readAttributes } from './answer-attributes.ts';
import { queueToEnter, resolveUrl, type AnswerContext } from './answer-context.ts';
import { AnswerFault, shownName } from './answer-fault.ts';
import { answerSchema, type JsonInstruction } from './answer-schema.ts';

/** @throws {AnswerFault} that names the place: `instructions.2.text` */
export function readJsonAnswer(text: string, context: AnswerContext): Instruction[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AnswerFault('found no JSON, expected { "instructions": [ … ] }.');
  }
  return readInstructions(value, context);
}

/** The same of what was parsed already. @throws {AnswerFault} */
export function readInstructions(value: unknown, context: AnswerContext): Instruction[] {
  const read = answerSchema.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = (issue?.path ?? []).map((key) => shownName(String(key))).join('.') || 'answer';
    const found =
      issue?.code === 'unrecognized_keys'
        ? `found an unknown field (${issue.keys.slice(0, 3).map(shownName).join(', ')}).`
        : `${(issue?.message ?? 'something is wrong').slice(0, 200)}.`;
    throw new AnswerFault(`${where}: ${found}`);
  }
  return read.data.instructions.map((instruction, index) =>
    understood(instruction, context, `instructions.${String(index)}`),
  );
}

function understood(given: JsonInstruction, context: AnswerContext, where: string): Instruction {
  switch (given.do) {
    case 'play': {
      const { text, ...play } = given;
      const url = resolveUrl(context, play.url, `${where}.url`);
      return { ...play, url, ...(text === undefined ? {} : { text }) };
    }
    case 'page': {
      const { title, ...page } = given;
      const url = resolveUrl(context, page.url, `${where}.url`);
      return { ...page, url, ...(title === undefined ? {} : { title }) };
    }
    case 'redirect':
      return { ...given, url: resolveUrl(context, given.url, `${where}.url`) };
    case 'ask': {
      const { action, again, answer, ...question } = given;
      return {
        ...question,
        answer: withoutAbsent(answer),
        ...(again === undefined ? {} : { again }),
        ...(action === undefined ? {} : { action: applicationOf(context, action, `${where}.action`) }),
      };
    }
    case 'enqueue':
      return { do: 'enqueue', ...enqueueOf(given, context, where) };
    case 'transfer':
      return {
        do: 'transfer',
        to:
          'agent' in given.to
            ? { agent: as(given.to.agent) }
            : { queue: queueToEnter(context, given.to.queue, { where: `${where}.to.queue` }) },
      };
    case 'set':
      return { ...given, attributes: readAttributes(given.attributes, `${where}.attributes`) };
    case 'end':
      return { do: 'end', ...(given.text === undefined ? {} : { text: given.text }) };
    case 'say':
    case 'pause':
    case 'leave':
    case 'request':
      return given;
  }
}

function enqueueOf(
  given: Extract<JsonInstruction, { do: 'enqueue' }>,
  context: AnswerContext,
  where: string,
): EnqueueRequest {
  const { do: _, queue, waitApplication, action, attributes, ...rest } = given;
  const asked = (name: 'waitApplication' | 'action', value: string | undefined): object =>
    value === undefined ? {} : { [name]: applicationOf(context, value, `${where}.${name}`) };
  return {
    ...withoutAbsent(rest),
    queue:
      queue === undefined
        ? context.queue
        : queueToEnter(context, queue, { where: `${where}.queue`, hasAction: action !== undefined }),
    ...(attributes === undefined ? {} : { attributes: readAttributes(attributes, `${where}.attributes`) }),
    ...asked('waitApplication', waitApplication),
    ...asked('action', action),
  };
}

/** What has a slash is a URL: no application has one in its name. */
function applicationOf(context: AnswerContext, value: string, where: string): string {
  return value.includes('/') ? resolveUrl(context, value, where) : value;
}

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function withoutAbsent<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
