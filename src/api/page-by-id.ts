import { z } from 'zod';
import type { OperatorCall } from './operator-guard.ts';
import { nextPage, pageWanted } from './page-query.ts';

const place = z.object({});

/**
 * One page of what has ids, in their order: `?limit` and `?cursor` as of every list.
 * @throws {Refusal} that names what is wrong with the query
 */
export function pageById<T>(
  all: readonly T[],
  idOf: (one: T) => string,
  query: OperatorCall['query'],
): { readonly page: readonly T[]; readonly next?: string } {
  const { limit, after } = pageWanted<object>(query, place);
  const rest = all
    .filter((one) => after === undefined || idOf(one) > after.id)
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const page = rest.slice(0, limit);
  const last = rest.length > limit ? page.at(-1) : undefined;
  const next = last === undefined ? {} : { next: { id: idOf(last), version: 0, value: {} } };
  return { page, ...nextPage({ found: [], ...next }, place) };
}
