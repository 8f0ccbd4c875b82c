import { afterEach, describe, expect, it } from 'vitest';
import { agentWork } from '../../src/directory/agent-work.ts';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { offerRecords } from '../../src/queues/offer-record.ts';
import { queueEntries, type QueueEntry } from '../../src/queues/queue-entry.ts';
import { put } from '../../src/store/store.ts';
import { acme, type WorldOptions } from '../sessions/world.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

let server: RoutingServer;
const open = async (options: WorldOptions = {}): Promise<void> => {
  server = await openRoutingServer(options);
};
afterEach(async () => server.close());

const simulate = async (body: object, tenant = 'acme') =>
  server.post(`${tenant}/routing/simulate`, { queue: 'support', network: 'loopback', ...body });

describe('a simulation of routing', () => {
  it('tells who would be asked and why, what keeps others, and changes nothing', async () => {
    await open({ skills: { ben: { french: 4 } } });
    const { status, body } = await simulate({ skills: { french: 3 } });
    expect(status).toBe(200);
    expect(body).toEqual({
      queue: 'support',
      network: 'loopback',
      outcome: 'offered',
      asked: { agent: 'ben', why: 'has french 4 (3 needed); longest idle of 1 who could; waited 0 s' },
      ahead: 0,
      agents: [
        { agent: 'anna', name: 'Anna', obstacle: 'lacks the skill french' },
        { agent: 'ben', name: 'Ben' },
      ],
    });
    expect(server.world.room()).toEqual([]);
    expect(await server.world.store.find(acme, offerRecords, { index: 'byAge', equals: [] })).toEqual([]);
    expect(await server.world.store.get(acme, agentWork, 'ben')).toBeUndefined();
  });

  it('agrees with what then happens', async () => {
    await open();
    await server.world.customer('cora').says('Hello');
    expect((await simulate({})).body).toMatchObject({ asked: { agent: 'ben' } });
    await server.world.customer('dan').says('Hello');
    expect(server.world.room()).toContain('invite @ben:example.org');
  });

  it('leaves agents to sessions that come first', async () => {
    await open({ agents: ['anna'], capacity: 1 });
    const { store, clock } = server.world;
    // Waits since a moment ago: routing has not looked at it yet.
    const first: QueueEntry = {
      conversation: as('of somebody'),
      queue: as('support'),
      state: 'waiting',
      rank: 0,
      since: clock.now(),
      enteredAt: clock.now(),
      priority: 0,
      weight: 1,
      network: 'loopback',
      required: {},
      preferred: {},
      lastAgents: [],
      declined: [],
      told: false,
    };
    await store.commit(acme, [put(queueEntries, 'first', first, 'absent')]);
    expect((await simulate({})).body).toMatchObject({
      outcome: 'waits',
      ahead: 1,
      agents: [{ agent: 'anna', obstacle: 'would be asked for a session that comes first' }],
    });
  });

  it('tells what keeps each where nobody can', async () => {
    await open({ capacity: 1 });
    await server.world.customer('cora').says('Hello');
    await server.world.desk('ben').says('!break');
    const { body } = await simulate({});
    expect(body).toMatchObject({
      outcome: 'waits',
      agents: [
        { agent: 'anna', obstacle: 'at capacity (1 of 1)' },
        { agent: 'ben', obstacle: 'on a break' },
      ],
    });
    expect(body).not.toHaveProperty('asked');
  });

  it('looks at the media that were sent, in rules too', async () => {
    await open({
      media: { anna: ['text'] },
      rules: [{ name: 'Films', when: '"video" in media', priority: 2 }],
    });
    const { body } = await simulate({ queue: undefined, line: 'front', media: ['text', 'video'] });
    expect(body).toMatchObject({
      asked: { agent: 'ben' },
      agents: [{ agent: 'anna', obstacle: 'does not handle the medium video' }, { agent: 'ben' }],
      rules: { matched: ['Films'] },
    });
    expect((await simulate({ media: ['text'] })).body).toMatchObject({ asked: { agent: 'anna' } });
  });

  it('looks at rings as after so much waiting, and at queues that ask nobody', async () => {
    const rings = [{ afterMs: 60_000, agents: [as<AgentId>('ben')], dropSkills: [] }];
    await open({ policy: { members: [], rings } });
    expect((await simulate({ waitedSeconds: 59 })).body).toMatchObject({ outcome: 'waits' });
    expect((await simulate({ waitedSeconds: 60 })).body).toMatchObject({ asked: { agent: 'ben' } });
    server.world.reconfigure({ policy: { manual: true } });
    expect((await simulate({})).body).toMatchObject({
      outcome: 'waits',
      agents: [{ obstacle: expect.stringContaining('agents take its sessions') as unknown }, {}],
    });
  });

  it('asks the agents of the tenant only', async () => {
    await open();
    expect((await simulate({ queue: 'bolt-support' }, 'bolt')).body).toMatchObject({
      agents: [{ agent: 'bob' }],
    });
    expect((await simulate({}, 'none')).status).toBe(404);
  });

  it.each([
    [{ queue: 'sales' }, 'queue'],
    [{ queue: 7 }, 'queue'],
    [{ network: '' }, 'network'],
    [{ media: ['text', 'fax'] }, 'media.1'],
    [{ skills: { french: 6 } }, 'skills.french'],
    [{ skills: { '': 1 } }, 'skills.'],
    [{ skills: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`s${String(n)}`, 1])) }, 'skills'],
    [{ waitedSeconds: -1 }, 'waitedSeconds'],
    [{ agent: 'anna' }, 'agent'],
  ])('is refused with the field named: %j', async (body, path) => {
    await open();
    const answer = await simulate(body);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ errors: [{ path }] });
  });
});
