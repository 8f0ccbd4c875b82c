import { expect, it } from 'vitest';
import { routeDeclarations } from '../../src/api/operator-api.ts';
import { openOperatorApi, operatorToken } from '../security/open-operator-api.ts';

/** Every answer is held to the schema of problems by test/contract, too. */
const problem = expect.objectContaining({
  type: 'about:blank',
  title: expect.any(String) as unknown,
  status: expect.any(Number) as unknown,
}) as unknown;

const declared = routeDeclarations.filter(({ access }) => access !== 'public');
const withBody = declared.filter(({ body, takesKey }) => body !== undefined || takesKey === true);
const pathOf = (path: string): string =>
  path.replace(':tenant', 'acme').replace(':id', 'an-id-of-nobody').replace(':session', 'front');

const at = (tenant: string, path: string): string => path.replace(/\/acme(?=\/|$)/, `/${tenant}`);

async function openCaller() {
  const { port } = await openOperatorApi();
  return async (method: string, path: string, init: RequestInit & { token?: string } = {}) => {
    const { token = operatorToken, headers, ...rest } = init;
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${token}`, ...(headers as Record<string, string>) },
      ...rest,
    });
    const { status } = answer;
    const type = answer.headers.get('content-type');
    return {
      status,
      type,
      body: (await answer.json()) as { readonly status: number; readonly errors?: object[] },
    };
  };
}

it('whatever is wrong, every route says so as RFC 9457 has it', async () => {
  const call = await openCaller();
  for (const { method, path, operation } of declared) {
    const filled = pathOf(path);
    const answers = [
      await call(method, filled, { token: 'none-of-ours' }),
      await call(method, at('nobody', filled), { token: 'none-of-ours' }),
      // Anybody may be a tenant yet whom nobody knows.
      ...(path.includes(':tenant') && operation !== 'putTenant'
        ? [await call(method, at('nobody', filled))]
        : []),
      ...(path.includes(':tenant') ? [await call(method, at('%zz', filled))] : []),
      await call('PATCH', filled),
      await call(method, `${filled}/no/such/route/of/ours`),
    ];
    const statuses = answers.map(({ status }) => status);
    const ofTenant = path.includes(':tenant') ? (operation === 'putTenant' ? [400] : [404, 400]) : [];
    expect([operation, statuses]).toEqual([operation, [401, 401, ...ofTenant, 404, 404]]);
    for (const { type, body, status } of answers) {
      expect([operation, type]).toEqual([operation, 'application/problem+json']);
      expect([operation, body]).toEqual([operation, problem]);
      expect(body.status).toBe(status);
    }
  }
});

it('a body that is too large, no JSON, or of another type is refused by every route that takes one', async () => {
  const call = await openCaller();
  for (const { method, path, operation, body } of withBody) {
    const send = async (type: string, text: string) => {
      const { status } = await call(method, pathOf(path), { headers: { 'content-type': type }, body: text });
      return status;
    };
    expect([operation, await send('application/json', 'x'.repeat(1_100_000))]).toEqual([operation, 413]);
    if (body === undefined) continue;
    expect([operation, await send('application/json', '{"a":')]).toEqual([operation, 400]);
    expect([operation, await send('application/json', '['.repeat(70) + ']'.repeat(70))]).toEqual([
      operation,
      400,
    ]);
    expect([operation, await send('text/plain', '{}')]).toEqual([operation, 415]);
  }
});

/** What a queue is changed to is looked at once there is such a queue. */
const isLookedAtFirst = ({ body, operation }: (typeof declared)[number]): boolean =>
  body !== undefined && operation !== 'updateQueue';

it('a field that nobody asked for is named, by every route that takes a body', async () => {
  const call = await openCaller();
  for (const { method, path: route, operation } of withBody.filter(isLookedAtFirst)) {
    const headers = { 'content-type': 'application/json' };
    // Settings of a queue are looked at once it has a name.
    const named = operation.endsWith('Queue') ? { friendlyName: 'A queue' } : {};
    const body = JSON.stringify({ ...named, 'tenant/~': 'bolt' });
    // Acme itself is declared in the config file.
    const filled = operation === 'putTenant' ? at('newcomer', pathOf(route)) : pathOf(route);
    const answer = await call(method, filled, { headers, body });
    expect([operation, answer.status]).toEqual([operation, 422]);
    // Of a body that may be one of several, nobody can say which of them it was to be.
    const path = operation === 'dequeueMember' ? 'body' : 'tenant/~';
    const expected = expect.objectContaining({ path }) as unknown;
    expect([operation, answer.body.errors]).toEqual([operation, expect.arrayContaining([expected])]);
  }
});
