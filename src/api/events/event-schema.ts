import { z } from 'zod';
import { happeningTypes } from '../../sessions/events/happening.ts';
import { badParameter } from '../refusal.ts';

const typesExpected = `types with commas between: ${happeningTypes.join(', ')}`;
export const typeList = z.array(z.enum(happeningTypes)).max(happeningTypes.length);
const typesQuery = z
  .string()
  .max(1000, typesExpected)
  .transform((text) => text.split(','))
  .pipe(typeList);
const positionText = z.string().regex(/^\d{1,15}$/, 'the id of an event of this stream');

export const streamParameters = {
  types: { description: 'Only these, with commas between; all unless given.', schema: typesQuery.optional() },
  after: {
    description:
      'As `Last-Event-ID`, for those who cannot send it; `0`: from the oldest that is kept. Neither: from now on.',
    schema: positionText.optional(),
  },
} as const;

export const lastEventId = {
  description: 'The id of the last event that arrived: those after it follow.',
  schema: positionText.optional(),
};

/** @throws {Refusal} that names the parameter */
export function streamQuery(query: URLSearchParams, lastId: string | undefined) {
  const types = typesQuery.optional().safeParse(query.get('types') ?? undefined);
  if (!types.success) throw badParameter('types', typesExpected);
  const given = lastId === undefined || lastId === '' ? (query.get('after') ?? undefined) : lastId;
  const after = positionText.optional().safeParse(given);
  if (!after.success)
    throw badParameter(given === lastId ? 'Last-Event-ID' : 'after', 'the id of an event of this stream');
  return {
    types: types.data ?? [],
    after: after.data === undefined ? undefined : Number(after.data),
  };
}
