import { afterEach, describe, expect, it } from 'vitest';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { bolt, type WorldOptions } from '../sessions/world.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

let server: RoutingServer;
const open = async (options: WorldOptions = {}): Promise<void> => {
  server = await openRoutingServer(options);
};
afterEach(async () => server.close());

interface Member {
  readonly session: string;
  readonly position: number;
}

/** Three come with ten seconds between them, and ten more pass; there is one agent, who can take one. */
async function threeWait(): Promise<void> {
  await open({ agents: ['anna'], capacity: 1 });
  for (const name of ['cora', 'dan', 'eli']) {
    await server.world.customer(name).says('Hello');
    server.world.clock.advance(10_000);
  }
}

describe('queues', () => {
  it('tell how many wait and how long', async () => {
    await threeWait();
    const expected = {
      id: 'support',
      friendlyName: 'Support',
      currentSize: 3,
      maxSize: 1000,
      averageWaitTime: 20,
      longestWaitTime: 30,
      agents: { eligible: 1, available: 1, free: 0 },
    };
    expect((await server.get('acme/queues')).body).toEqual({ queues: [expected] });
    expect((await server.get('acme/queues/support')).body).toEqual(expected);
  });

  it('come page by page, by id', async () => {
    await open({ moreQueues: { billing: {}, sales: {} } });
    const seen: unknown[] = [];
    let query = '?limit=2';
    for (;;) {
      const { body } = await server.get(`acme/queues${query}`);
      const { queues, next } = body as { queues: { id: string }[]; next?: string };
      seen.push(queues.map(({ id }) => id));
      if (next === undefined) break;
      query = `?limit=2&cursor=${next}`;
    }
    expect(seen).toEqual([['billing', 'sales'], ['support']]);
  });

  it('count agents who can at last, those of them who are there, and those of them who are free', async () => {
    const rings = [{ afterMs: 60_000, agents: [as<AgentId>('ben')], dropSkills: ['french'] }];
    const members = [as<AgentId>('anna')];
    await open({
      policy: { members, rings, required: { french: 1, billing: 2 } },
      skills: { ben: { billing: 2 } },
    });
    const agents = async (): Promise<unknown> => (await server.get('acme/queues/support')).body.agents;
    expect(await agents()).toEqual({ eligible: 1, available: 1, free: 1 });
    await server.world.desk('ben').says('!busy');
    expect(await agents()).toEqual({ eligible: 1, available: 0, free: 0 });
  });

  it('say of who waits what was sent, and why nobody is asked', async () => {
    await open({ agents: ['anna'], media: { anna: ['text'] }, policy: { manual: true } });
    await server.world.customer('cora').says('Hello');
    server.world.clock.advance(1000);
    const location = { kind: 'location', latitude: 1, longitude: 2 } as const;
    await server.world.customer('dan').does({ content: location });
    const { body } = await server.get('acme/queues/support/members');
    const { members } = body as { members: object[] };
    expect(members).toMatchObject([
      { position: 1, media: ['text'] },
      { position: 2, media: ['location'], handledByNobody: 'the medium location' },
    ]);
    expect(members[0]).not.toHaveProperty('handledByNobody');
  });

  it('of another tenant are empty or not there', async () => {
    await threeWait();
    expect((await server.get('bolt/queues/bolt-support')).body).toMatchObject({ currentSize: 0 });
    expect((await server.get('bolt/queues/bolt-support/members')).body).toEqual({ members: [] });
    const { body } = await server.get('acme/queues/support/members/front');
    const path = `queues/support/members/${(body as unknown as Member).session}`;
    expect((await server.get(`acme/${path}`)).status).toBe(200);
    expect((await server.get(`bolt/${path.replace('support', 'bolt-support')}`)).status).toBe(404);
    await server.world.customer('zoe', undefined, bolt).says('Hello');
    expect((await server.get('acme/queues/support')).body).toMatchObject({ currentSize: 3 });
    for (const what of ['', '/members', '/members/front', '/statistics'])
      expect((await server.get(`acme/queues/sales${what}`)).status).toBe(404);
  });
});

describe('members of a queue', () => {
  it('come in order with their place, page by page', async () => {
    await threeWait();
    const first = (await server.get('acme/queues/support/members?limit=2')).body;
    expect(first.members).toMatchObject([
      {
        queue: 'support',
        dateEnqueued: '2026-01-15T12:00:00.000Z',
        position: 1,
        waitTime: 30,
        priority: 0,
        state: 'offered',
        agent: 'anna',
      },
      { position: 2, waitTime: 20, state: 'waiting' },
    ]);
    const path = `acme/queues/support/members?limit=2&cursor=${String(first.next)}`;
    const second = (await server.get(path)).body;
    expect(second.members).toMatchObject([{ position: 3, waitTime: 10, state: 'waiting' }]);
    expect(second.next).toBeUndefined();
  });

  it('are shown one by one, the first as front', async () => {
    await threeWait();
    const { members } = (await server.get('acme/queues/support/members')).body as unknown as {
      members: Member[];
    };
    for (const member of members)
      expect((await server.get(`acme/queues/support/members/${member.session}`)).body).toEqual(member);
    expect((await server.get('acme/queues/support/members/front')).body).toEqual(members[0]);
    expect((await server.get('acme/queues/support/members/nobody')).status).toBe(404);
    expect((await server.get('acme/queues/support/members/%00')).status).toBe(404);
    expect((await server.get('bolt/queues/bolt-support/members/front')).status).toBe(404);
  });

  it('stand in pages whose cursor is not one with 400', async () => {
    await threeWait();
    const { status, body } = await server.get('acme/queues/support/members?cursor=x');
    expect(status).toBe(400);
    expect(body.detail).toContain('cursor');
  });
});
