import { describe, expect, it } from 'vitest';
import { keptAnswers } from '../../src/api/idempotency.ts';
import { routeDeclarations } from '../../src/api/operator-api.ts';
import type { Write } from '../../src/store/store.ts';
import { openOperatorApi, type OperatorApi, type Route } from '../security/open-operator-api.ts';

/** What docs/integrator.md says of an `Idempotency-Key`, held against every route that the product has. */

/** They only ask, so there is nothing that could be done twice. */
const changingNothing = ['verifyLine', 'verifyInstallationLine', 'simulateRouting'];
const writing = routeDeclarations.filter(({ method }) => method === 'post' || method === 'delete');
/** Dropping last, so that each finds what it is about. */
const inOrder = writing
  .filter(({ takesKey }) => takesKey === true)
  .toSorted((a, b) => ['post', 'delete'].indexOf(a.method) - ['post', 'delete'].indexOf(b.method));

const keepsAnswer = ({ collection }: Write): boolean => collection.name === keptAnswers.name;

const kindOf = ({ path }: Route): string => /:tenant\/([^/]+)/.exec(path)?.[1] ?? '';

async function twice(api: OperatorApi, route: Route, tenant: string, id: string) {
  const headers = { 'idempotency-key': `the key of ${route.method} ${route.path}` };
  const told = [];
  for (let time = 0; time < 2; time += 1) {
    const { status, body, headers: given } = await api.ask(route, tenant, { id, headers });
    told.push({ status, body, isReplay: given.get('idempotency-replayed') === 'true' });
  }
  return told;
}

it('every route that changes something takes a key; what a PUT does may be done again', () => {
  const without = writing.filter(({ takesKey }) => takesKey !== true).map(({ operation }) => operation);
  expect(without.toSorted()).toEqual(changingNothing.toSorted());
  expect(routeDeclarations.filter(({ method, takesKey }) => takesKey === true && method === 'put')).toEqual(
    [],
  );
});

it('every route that takes one answers it alike when it comes again', async () => {
  const api = await openOperatorApi();
  for (const { method, path, operation } of inOrder) {
    const route = { method: method.toUpperCase(), path };
    const [first, again] = await twice(api, route, 'acme', api.acme.ids[kindOf(route)] ?? 'x');
    expect([operation, again?.isReplay, again?.status]).toEqual([operation, true, first?.status]);
    expect([operation, first?.isReplay]).toEqual([operation, false]);
    // What is shown once only is not shown again.
    if (first?.body.includes('"key"') !== true && first?.body.includes('"secret"') !== true)
      expect([operation, again?.body]).toEqual([operation, first?.body]);
  }
});

describe('what is gone was taken away once', () => {
  it.each([
    ['a line that tenants share', '/api/v1/shared-lines/:id'],
    ['a tenant', '/api/v1/tenants/:tenant'],
  ])('%s', async (_, path) => {
    const api = await openOperatorApi();
    const put = await api.ask({ method: 'PUT', path }, 'fresh', { id: 'fresh' });
    expect(put.status, put.body).toBe(201);
    const remove = { method: 'DELETE', path };
    const headers = { 'idempotency-key': 'a key' };
    const ask = async () => api.ask(remove, 'fresh', { id: 'fresh', headers });
    const answers = [...(await Promise.all([ask(), ask(), ask()])), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    const replays = answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true');
    expect(replays).toHaveLength(3);
    // Whoever is killed in between has done both or neither.
    const taking = api.commits().filter((writes) => writes.some(({ op }) => op === 'delete'));
    expect(taking.some((writes) => writes.some(keepsAnswer))).toBe(true);
    expect((await api.ask(remove, 'fresh', { id: 'fresh' })).status).toBe(404);
  });
});
