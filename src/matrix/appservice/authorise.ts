import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Finds whose token a request carries. All are compared, digest with digest, so that the time taken tells nothing. */
export function createAuthoriser<T>(
  owners: readonly { readonly hsToken: string; readonly owner: T }[],
  options: { readonly tokenInQuery: boolean },
): (request: IncomingMessage, query: URLSearchParams) => T | 'missing' | 'wrong' {
  const known = owners.map(({ hsToken, owner }) => ({ digest: digestOf(hsToken), owner }));
  return (request, query) => {
    const token =
      bearer(request.headers.authorization) ?? (options.tokenInQuery ? query.get('access_token') : null);
    if (token === null || token === '') return 'missing';
    const digest = digestOf(token);
    let found: T | 'wrong' = 'wrong';
    for (const each of known) if (timingSafeEqual(each.digest, digest)) found = each.owner;
    return found;
  };
}

function bearer(header: string | undefined): string | null {
  const [, token] = /^bearer +(\S+)$/i.exec(header ?? '') ?? [];
  return token ?? null;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
