import { z } from 'zod';
import type { Page, PageWanted } from '../delivery/page.ts';
import type { OperatorCall } from './operator-guard.ts';
import { badParameter } from './refusal.ts';

const greatestLimit = 200;
const querySchema = z.object({
  limit: z
    .preprocess(
      (text) => (typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : text),
      z.int().min(1).max(greatestLimit),
    )
    .default(50),
  cursor: z.string().min(1).max(2000).optional(),
});

/** What every list that comes in pages takes. */
export const pageParameters = {
  limit: { description: 'At most so many in a page.', schema: querySchema.shape.limit },
  cursor: { description: 'The `next` of the page before.', schema: querySchema.shape.cursor },
} as const;

/**
 * `?limit` (1 to 200, 50 unless given) and `?cursor` (the `next` of an earlier page) of a list whose index has the fields of `place`.
 * @throws {Refusal} that names what is wrong
 */
export function pageWanted<T extends object>(
  query: OperatorCall['query'],
  place: z.ZodType<Partial<T>>,
): PageWanted<T> {
  const read = querySchema.safeParse(Object.fromEntries(query));
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = String(issue?.path[0] ?? 'query');
    const expected =
      field === 'limit'
        ? `a whole number from 1 to ${String(greatestLimit)}`
        : 'what an earlier page gave as next';
    throw badParameter(field, expected);
  }
  const { limit, cursor } = read.data;
  if (cursor === undefined) return { limit };
  const after = z.tuple([z.string(), place]).safeParse(decoded(cursor));
  if (!after.success) throw badParameter('cursor', 'what an earlier page of the same list gave as next');
  const [id, value] = after.data;
  return { limit, after: { id, version: 0, value: value as T } };
}

/** What goes into an answer so that its caller can ask for what follows; nothing after the last page. */
export function nextPage<T extends object>(page: Page<T>, place: z.ZodObject): { next?: string } {
  const { next } = page;
  if (next === undefined) return {};
  const record = next.value as Readonly<Record<string, unknown>>;
  const fields = Object.keys(place.shape).map((field) => [field, record[field]] as const);
  const cursor = JSON.stringify([next.id, Object.fromEntries(fields)]);
  return { next: Buffer.from(cursor).toString('base64url') };
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
  } catch {
    return undefined;
  }
}
