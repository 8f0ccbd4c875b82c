/** What a homeserver wants (Application Service API v1), or why it cannot have it. */
export type Route =
  | { readonly kind: 'transaction'; readonly id: string }
  | { readonly kind: 'ping' }
  /** Does this user, alias or third-party network exist? */
  | { readonly kind: 'query' }
  | ReturnType<typeof matrixFailure>;

export function matrixFailure(
  status: number,
  errcode: string,
  error: string,
): { readonly kind: 'refused'; readonly status: number; readonly body: object } {
  return { kind: 'refused', status, body: { errcode, error } };
}

const prefix = '/_matrix/app/v1/';

export function routeOf(method: string, path: string): Route {
  const unknown = matrixFailure(404, 'M_UNRECOGNIZED', 'No such endpoint');
  if (!path.startsWith(prefix)) return unknown;
  const [what, id, ...rest] = path.slice(prefix.length).split('/');
  const expect = (wanted: string, route: Route): Route =>
    method === wanted ? route : matrixFailure(405, 'M_UNRECOGNIZED', `Expected ${wanted}`);
  if (what === 'transactions' && id !== undefined && id !== '' && rest.length === 0)
    return expect('PUT', { kind: 'transaction', id: id.slice(0, 255) });
  if (what === 'ping' && id === undefined) return expect('POST', { kind: 'ping' });
  if ((what === 'users' || what === 'rooms') && id !== undefined && rest.length === 0)
    return expect('GET', { kind: 'query' });
  if (what === 'thirdparty' && id !== undefined) return expect('GET', { kind: 'query' });
  return unknown;
}
