import { afterEach, describe, expect, it } from 'vitest';
import { agentWork } from '../../src/directory/agent-work.ts';
import { acme, type WorldOptions } from '../sessions/world.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

let server: RoutingServer;
const open = async (options: WorldOptions = {}): Promise<void> => {
  server = await openRoutingServer(options);
};
afterEach(async () => server.close());

const setAnna = async (availability: unknown, headers?: Record<string, string>) =>
  server.post('acme/agents/anna/availability', { availability }, headers);
const invitations = (): string[] => server.world.room().filter((line) => line.startsWith('invite'));

describe('agents', () => {
  it('are shown with what they can and what they have in hand', async () => {
    await open({
      media: { anna: ['text', 'image'] },
      skills: { anna: { french: 3 } },
      queue: { wrapUpMs: 60_000, weight: 2 },
      capacity: 4,
    });
    const cora = server.world.customer();
    await cora.says('Hello');
    await server.world.anna(cora.conversation).joins();
    expect((await server.get('acme/agents')).body).toMatchObject({
      agents: [
        {
          id: 'anna',
          name: 'Anna',
          user: '@anna:example.org',
          skills: { french: 3 },
          media: ['text', 'image'],
          capacity: 4,
          load: 2,
          sessions: [expect.any(String)],
          availability: 'available',
          wrapUps: [],
        },
        { id: 'ben', load: 0, sessions: [] },
      ],
    });
    await server.world.anna(cora.conversation).says('!close');
    const { body } = await server.get('acme/agents/anna');
    expect(body).toMatchObject({
      load: 2,
      sessions: [],
      wrapUps: [{ session: expect.any(String) as unknown, until: '2026-01-15T12:01:00.000Z', weight: 2 }],
    });
  });

  it('come page by page', async () => {
    await open();
    const first = (await server.get('acme/agents?limit=1')).body;
    expect(first).toMatchObject({ agents: [{ id: 'anna' }], next: expect.any(String) as unknown });
    const second = (await server.get(`acme/agents?limit=1&cursor=${String(first['next'])}`)).body;
    expect(second).toMatchObject({ agents: [{ id: 'ben' }] });
    expect(second).not.toHaveProperty('next');
    expect((await server.get('acme/agents?limit=0')).status).toBe(400);
  });

  it('of another tenant are not there', async () => {
    await open();
    expect((await server.get('bolt/agents')).body).toMatchObject({ agents: [{ id: 'bob' }] });
    expect((await server.get('bolt/agents/anna')).status).toBe(404);
    expect((await server.get('acme/agents/bob')).status).toBe(404);
    expect((await server.get('none/agents')).status).toBe(404);
    const answer = await server.post('bolt/agents/anna/availability', { availability: 'offline' });
    expect(answer.status).toBe(404);
    expect((await server.get('acme/agents/anna')).body).toMatchObject({ availability: 'available' });
  });
});

describe('availability over REST', () => {
  it('counts as if the agent had said it', async () => {
    await open({ agents: ['anna'] });
    const { status, body } = await setAnna('break');
    expect(status).toBe(202);
    expect(body).toEqual({ agent: 'anna', requested: 'break' });
    expect((await server.get('acme/agents/anna')).body).toMatchObject({
      availability: 'break',
      since: '2026-01-15T12:00:00.000Z',
    });
    await server.world.customer().says('Hello');
    expect(invitations()).toEqual([]);
    await setAnna('available');
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });

  it('tells the desk of who is made offline what becomes of their sessions', async () => {
    await open({ agents: ['anna'] });
    const cora = server.world.customer();
    await cora.says('Hello');
    await server.world.anna(cora.conversation).joins();
    await setAnna('offline');
    expect(server.world.room()).toContain(
      'notice: You are offline. Your session goes back to its queue in 2 min; write !available before that to keep it.',
    );
  });

  it('comes once for one Idempotency-Key, and anew a day later', async () => {
    await open({ agents: ['anna'] });
    const key = { 'idempotency-key': 'one' };
    const both = await Promise.all([setAnna('offline', key), setAnna('offline', key)]);
    expect(both.map(({ status }) => status)).toEqual([202, 202]);
    const version = (await server.world.store.get(acme, agentWork, 'anna'))?.version;
    expect(version).toBe(1);
    await setAnna('available');
    const again = await setAnna('offline', key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await server.get('acme/agents/anna')).body).toMatchObject({ availability: 'available' });
    server.world.clock.advance(24 * 3_600_000);
    await setAnna('offline', key);
    expect((await server.get('acme/agents/anna')).body).toMatchObject({ availability: 'offline' });
  });

  it.each([
    [{ availability: 'away' }, 'availability', 'one of available, busy, break, offline'],
    [{}, 'availability', 'one of available, busy, break, offline'],
    [{ availability: 'busy', until: 'noon' }, 'until', 'no such field'],
    [[], 'body', 'an object with the field availability'],
  ])('that is wrong is refused with the field named: %j', async (body, path, expected) => {
    await open();
    const answer = await server.post('acme/agents/anna/availability', body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ errors: [{ path, expected }] });
    expect(await server.world.store.get(acme, agentWork, 'anna')).toBeUndefined();
  });
});
