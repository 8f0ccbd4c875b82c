import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptAnswers } from '../../src/api/idempotency.ts';
import { apiKeys, apiKeyUses } from '../../src/api/keys/api-key.ts';
import { acme } from '../sessions/world.ts';
import { openKeyServer, operatorToken, secondToken, type KeyServer } from './key-server.ts';

let server: KeyServer;
beforeEach(async () => {
  server = await openKeyServer();
});
afterEach(async () => server.close());

interface NewKey {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
}
const make = async (body: object = {}, token = operatorToken, headers = {}) =>
  server.ask('POST', 'acme/keys', {
    token,
    headers,
    body: { name: 'crm', scopes: ['queues:read'], ...body },
  });
const made = async (body: object = {}): Promise<NewKey> => (await make(body)).body as unknown as NewKey;
const status = async (token: string, path = 'acme/queues'): Promise<number> =>
  (await server.ask('GET', path, { token })).status;

describe('a key of a tenant', () => {
  it('is shown once, works at once, and only a hash of it is kept', async () => {
    const key = await made();
    expect(key.key).toMatch(/^sbk_acme\.[\w-]{16}\.[\w-]{43}$/);
    expect(key.key.startsWith(`${key.prefix}.`)).toBe(true);
    expect(await status(key.key)).toBe(200);
    const secret = key.key.split('.').at(-1) ?? '';
    const kept = await server.store.get(acme, apiKeys, key.id);
    expect(JSON.stringify(kept)).not.toContain(secret);
    const { body } = await server.ask('GET', 'acme/keys');
    expect(body).toMatchObject({ keys: [{ id: key.id, prefix: key.prefix, scopes: ['queues:read'] }] });
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it('is not told again under its Idempotency-Key, and nothing that is kept tells it', async () => {
    const headers = { 'idempotency-key': 'one' };
    const first = (await make({}, operatorToken, headers)).body as unknown as NewKey;
    const again = await make({}, operatorToken, headers);
    expect(again).toMatchObject({ status: 201, body: { id: first.id } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).not.toHaveProperty('key');
    const answers = await server.store.find(acme, keptAnswers, { index: 'byAge', equals: [] });
    expect(answers).toHaveLength(1);
    expect(JSON.stringify(answers)).not.toContain(first.key.split('.').at(-1));
    expect(await server.ask('GET', 'acme/keys')).toMatchObject({ body: { keys: [{}] } });
  });

  it('holds no longer once it is revoked, here and on another replica', async () => {
    const other = await server.replica();
    const key = await made();
    expect(await other.status(key.key)).toBe(200);
    expect((await server.ask('DELETE', `acme/keys/${key.id}`)).status).toBe(204);
    expect([await status(key.key), await other.status(key.key)]).toEqual([401, 401]);
    expect((await server.ask('DELETE', `acme/keys/${key.id}`)).status).toBe(404);
  });

  it('holds until it expires, and not a moment longer', async () => {
    const expiresAt = new Date(server.clock.now() + 60_000).toISOString();
    const { key } = await made({ expiresAt });
    server.clock.advance(59_999);
    expect(await status(key)).toBe(200);
    server.clock.advance(1);
    expect(await status(key)).toBe(401);
    expect((await make({ expiresAt })).status).toBe(422);
  });

  it('tells when it was used last', async () => {
    const { id, key } = await made();
    expect((await server.ask('GET', `acme/keys/${id}`)).body).not.toHaveProperty('lastUsedAt');
    await status(key);
    await expect
      .poll(async () => (await server.store.get(acme, apiKeyUses, id))?.value.at)
      .toBe(server.clock.now());
    expect((await server.ask('GET', `acme/keys/${id}`)).body).toHaveProperty('lastUsedAt');
  });

  it('that is not quite one is none', async () => {
    const { key } = await made();
    const [head = '', id = '', secret = ''] = key.split('.');
    const flipped = `${secret.slice(0, -2)}${secret.endsWith('AA') ? 'BA' : 'AA'}`;
    const others = [
      `${head}.${id}.${flipped}`,
      `${head}.${id}.`,
      `${head}.${id}`,
      `sbk_bolt.${id}.${secret}`,
      `sbk_nobody.${id}.${secret}`,
      `${key}x`,
      key.toUpperCase(),
      secret,
    ];
    for (const other of others) expect([other, await status(other)]).toEqual([other, 401]);
  });

  it('gives no scope that its maker lacks', async () => {
    const { key } = await made({ scopes: ['keys:write', 'queues:read'] });
    const more = await make({ scopes: ['queues:read', 'agents:write'] }, key);
    expect(more.status).toBe(403);
    expect(more.body['detail']).toContain('agents:write');
    expect((await make({ scopes: ['queues:read'] }, key)).status).toBe(201);
  });

  it.each([
    [{ name: '' }, '#/name'],
    [{ name: 'x'.repeat(65) }, '#/name'],
    [{ scopes: [] }, '#/scopes'],
    [{ scopes: ['everything'] }, '#/scopes/0'],
    [{ scopes: ['queues:read', 'queues:read'] }, '#/scopes'],
    [{ expiresAt: 'tomorrow' }, '#/expiresAt'],
    [{ tenant: 'bolt' }, '#/tenant'],
  ])('is refused with the field named: %j', async (body, pointer) => {
    const answer = await make(body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ errors: [{ pointer }] });
  });
});

it('the operator has two tokens while one is being changed', async () => {
  expect([await status(operatorToken), await status(secondToken), await status('neither')]).toEqual([
    200, 200, 401,
  ]);
});

it('a key may ask so much in ten seconds, is told how much is left, and another key has its own', async () => {
  const [one, other] = [(await made()).key, (await made()).key];
  const first = await server.ask('GET', 'acme/queues', { token: one });
  expect(first.headers.get('ratelimit-policy')).toBe('"key";q=20;w=10');
  expect(first.headers.get('ratelimit')).toBe('"key";r=19;t=1');
  for (let n = 1; n < 20; n += 1) expect(await status(one)).toBe(200);
  const refused = await server.ask('GET', 'acme/queues', { token: one });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('ratelimit')).toBe('"key";r=0;t=10');
  expect(await status(other)).toBe(200);
  for (let n = 0; n < 30; n += 1) expect(await status(operatorToken)).toBe(200);
  server.clock.advance(1000);
  expect(await status(one)).toBe(200);
});
