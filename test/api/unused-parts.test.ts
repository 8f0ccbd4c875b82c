import { expect, it } from 'vitest';
import { keptParts, partId } from '../../src/directory/kept/kept-part.ts';
import { put } from '../../src/store/store.ts';
import { openOperatorApi } from '../security/open-operator-api.ts';
import { acme } from '../sessions/world.ts';

it.each(['agents', 'queues'])('%s that no longer fit are not in use, and GET says why', async (kind) => {
  const api = await openOperatorApi();
  const part = { kind, name: 'stale', createdAt: 1, changedAt: 1, tag: 'a tag' };
  const stored = { ...part, body: { name: 'Stale', user: '@stale:example.org', ofAnotherVersion: true } };
  await api.world.store.commit(acme, [put(keptParts, partId(part), stored, 'absent')]);
  const ask = async (id: string) =>
    api.ask({ method: 'GET', path: `/api/v1/tenants/:tenant/${kind}/:id` }, 'acme', { id });
  const answer = await ask('stale');
  expect(answer.status).toBe(404);
  expect(answer.body).toContain('It is stored, but it no longer fits');
  expect(answer.body).toContain('ofAnotherVersion');
  expect((await ask('nobody')).body).not.toContain('stored');
});
