import { afterEach, describe, expect, it, vi } from 'vitest';
import { agentWork } from '../../src/directory/agent-work.ts';
import { as, type AgentId, type QueueId } from '../../src/platform/ids.ts';
import { queueEntries } from '../../src/queues/queue-entry.ts';
import { put } from '../../src/store/store.ts';
import { offerRecords } from '../../src/queues/offer-record.ts';
import { deskOf } from '../../src/sessions/desk/desk.ts';
import { openDesks } from '../../src/sessions/desk/open-desks.ts';
import { sessions } from '../../src/sessions/session.ts';
import { passUntil, stands } from './passing-time.ts';
import { acme, openWorld, users, type World, type WorldOptions } from './world.ts';

/** Queues, offers and desks when something changes or breaks beneath them. */

let world: World;
async function open(options: WorldOptions = {}): Promise<World> {
  world = await openWorld(options);
  return world;
}
afterEach(async () => world.close());

const shown = (beginning: string): string[] => world.room().filter((line) => line.startsWith(beginning));
const minute = 60_000;

describe('while the homeserver is down', () => {
  it('no time runs against the agent to whom a session is offered at the desk', async () => {
    await open({ agents: ['anna'], availability: { offersAtDesk: true, awayAfterMissed: 1 } });
    world.homeserver('down');
    const cora = world.customer();
    const [id, at] = [as<never>('c0'), world.clock.now()];
    const message = { content: { kind: 'text', text: 'Hello' } } as const;
    await cora.hand({ kind: 'message', id, from: { id: as('cora') }, at, message });
    for (let round = 1; round <= 3; round += 1) {
      await stands(world);
      expect(await offers()).toBe(1);
      world.clock.advance(minute);
    }
    await stands(world);
    world.homeserver('up');
    world.clock.advance(10 * minute);
    await vi.waitFor(() => expect(shown('bot: Loopback session')).toHaveLength(1));
    await world.delivery.idle();
    await world.desk('anna').says('!accept');
    expect(shown('notice: You are away')).toEqual([]);
    expect(world.sessionLog).toEqual(['open']);
  });
});

describe('an offer at the desk that cannot be shown', () => {
  it('goes to somebody else', async () => {
    await open({ availability: { offersAtDesk: true } });
    const cora = world.customer();
    await world.desk('anna').says('!busy');
    await world.desk('ben').says('!busy');
    await cora.says('Hello');
    world.roomRefuses('the desk is gone');
    await world.desk('anna').says('!available');
    expect(shown('bot: Loopback session')).toEqual([]);
    await world.desk('ben').says('!available');
    await world.desk('ben').says('!accept');
    expect(shown('invite')).toEqual(['invite @ben:example.org']);
  });
});

describe('an agent who goes while an offer is on its way', () => {
  it('does not get it: it goes to somebody else', async () => {
    await open();
    await world.desk('anna').says('!offline');
    await world.desk('ben').says('!offline');
    await world.customer().says('Hello');
    const { store } = world;
    const [entry] = await store.find(acme, queueEntries, { index: 'byState', equals: ['waiting'] });
    const [anna, ben] = [as<AgentId>('anna'), as<AgentId>('ben')];
    const work = await store.get(acme, agentWork, anna);
    if (entry === undefined || work === undefined) throw new Error('nobody waits, or nobody went');
    // Routing has decided, and the conversation has not heard of it yet.
    await store.commit(acme, [
      put(queueEntries, entry.id, { ...entry.value, state: 'offered', agent: anna }, entry.version),
      put(agentWork, anna, { ...work.value, availability: 'available', sessions: [entry.id] }, work.version),
    ]);
    await world.desk('anna').says('!break');
    expect((await store.get(acme, agentWork, anna))?.value.sessions).toEqual([]);
    await world.desk('ben').says('!available');
    expect(shown('invite')).toEqual(['invite @ben:example.org']);
    expect((await store.get(acme, agentWork, ben))?.value.sessions).toEqual([entry.id]);
  });
});

describe('an offer of which nothing comes', () => {
  const unknown = 'unknown to this version';
  const workOf = async (agent: string) => (await world.store.get(acme, agentWork, agent))?.value.sessions;
  const setAside = async (): Promise<void> => {
    const isSetAside = async (): Promise<void> => expect(await quarantined()).toHaveLength(1);
    await passUntil(world, { ms: 30_000 }, isSetAside);
  };

  it('because the session never heard of it is taken back in time, and others are asked', async () => {
    await open();
    await world.desk('anna').says('!offline');
    await world.desk('ben').says('!offline');
    await world.customer().says('Hello');
    world.reconfigure({ network: unknown });
    const isBack = world.desk('anna').says('!available');
    await setAside();
    await isBack;
    world.reconfigure({});
    await world.desk('ben').says('!available');
    expect(shown('invite')).toEqual([]);
    expect(await workOf('anna')).toHaveLength(1);
    await passUntil(world, { ms: 4 * minute }, () =>
      expect(shown('invite')).toEqual(['invite @ben:example.org']),
    );
    expect(await workOf('anna')).toEqual([]);
    expect(await workOf('ben')).toHaveLength(1);
    expect(shown('notice: Anna was to be asked, which could not be handled')).toHaveLength(1);
  });

  it('because its end was never heard of, likewise, without a word of anybody', async () => {
    await open();
    await world.customer().says('Hello');
    expect(shown('invite')).toEqual(['invite @anna:example.org']);
    world.reconfigure({ network: unknown });
    world.clock.advance(minute);
    await setAside();
    world.reconfigure({});
    await passUntil(world, { ms: 4 * minute }, () =>
      expect(shown('invite')).toContain('invite @ben:example.org'),
    );
    expect(shown('remove')).toEqual(['remove @anna:example.org']);
    expect([await workOf('anna'), (await workOf('ben'))?.length]).toEqual([[], 1]);
  });

  it('stands while the session says so: no time runs while the homeserver is down', async () => {
    await open();
    world.homeserver('down');
    const at = world.clock.now();
    const message = { content: { kind: 'text', text: 'Hello' } } as const;
    const { hand } = world.customer();
    await hand({ kind: 'message', id: as<never>('c0'), from: { id: as('cora') }, at, message });
    const query = { index: 'byState', equals: ['offered'] };
    for (let passed = 0; passed < 10; passed += 1) {
      await stands(world);
      const [session] = await world.store.find(acme, sessions, query);
      expect(session?.value.offer?.deadline).toBeGreaterThan(world.clock.now());
      world.clock.advance(minute);
    }
    expect(await workOf('anna')).toHaveLength(1);
    // He was never thought of.
    expect(await workOf('ben')).toBeUndefined();
    world.homeserver('up');
    await passUntil(world, { ms: 4 * minute }, () =>
      expect(shown('invite')).toEqual(['invite @anna:example.org']),
    );
  });

  it('who takes it after all has it, and nobody else is left with it', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    const { store } = world;
    const [entry] = await store.find(acme, queueEntries, { index: 'byState', equals: ['offered'] });
    if (entry === undefined) throw new Error('nothing is offered');
    const ben = as<AgentId>('ben');
    const work = { sessions: [entry.id], availability: 'available', changedAt: 1 } as const;
    // The queue has taken it back and given it to Ben, of which the session has not heard yet.
    await store.commit(acme, [
      put(queueEntries, entry.id, { ...entry.value, agent: ben }, entry.version),
      put(agentWork, ben, work, 'absent'),
    ]);
    await world.anna(cora.conversation).joins();
    expect(world.sessionLog).toEqual(['open']);
    expect([(await workOf('anna'))?.length, await workOf('ben')]).toEqual([1, []]);
  });
});

describe('sessions that wait', () => {
  it('in a queue that the operator took away go to the queue of their line', async () => {
    await open({ agents: ['anna'] });
    await world.desk('anna').says('!offline');
    const cora = world.customer();
    await cora.says('Hello');
    world.reconfigure({ agents: ['anna'], queue: { id: as<QueueId>('sales'), name: 'Sales' } });
    await world.desk('anna').says('!available');
    expect(shown('invite')).toEqual(['invite @anna:example.org']);
    await world.anna(cora.conversation).joins();
    expect(world.sessionLog).toEqual(['open']);
  });
});

describe('sessions whose line is taken away', () => {
  it.each(['offered', 'pulled'])('wait until it is back, and take nobody’s capacity: %s', async (how) => {
    await open({ agents: ['anna'], capacity: 1 });
    const desk = world.desk('anna');
    await desk.says('!offline');
    await world.customer().says('Hello');
    world.reconfigure({ agents: ['anna'], capacity: 1, lines: [] });
    await desk.says(how === 'pulled' ? '!pull' : '!available');
    expect(await quarantined()).toEqual([]);
    world.reconfigure({ agents: ['anna'], capacity: 1 });
    await desk.says('!available');
    expect(shown('invite')).toEqual(['invite @anna:example.org']);
  });
});

describe('an agent who left the desk', () => {
  const hour = 60 * minute;
  const invited = (): string[] => world.room(deskOf(as('anna'))).filter((line) => line.startsWith('invite'));
  const begin = async (options: WorldOptions = {}): Promise<void> => {
    await open({ agents: ['anna'], ...options });
    await openDesks({ store: world.store, directory: world.directory, accept: world.delivery.accept });
    await world.delivery.idle();
    world.clock.advance(hour);
  };

  it('is invited to it again when a session is offered there, but not for each one', async () => {
    await begin({ availability: { offersAtDesk: true }, capacity: 5 });
    await world.customer('cora').says('Hello');
    expect(invited()).toHaveLength(1);
    await world.desk('anna').leaves();
    expect(invited()).toHaveLength(1);
    await world.customer('dan').says('Hello');
    expect(invited()).toHaveLength(2);
    await world.desk('anna').declines();
    await world.customer('eli').says('Hello');
    expect(invited()).toHaveLength(2);
  });

  it('and when they say that they are there, or are away', async () => {
    await begin({ availability: { awayAfterMissed: 1 } });
    await world.desk('anna').leaves();
    await world.desk('anna').says('!offline');
    expect(invited()).toHaveLength(1);
    await world.desk('anna').says('!available');
    expect(invited()).toHaveLength(2);
    await world.desk('anna').joins();
    await world.desk('anna').leaves();
    world.clock.advance(hour);
    await world.customer().says('Hello');
    expect(invited()).toHaveLength(2);
    await world.pass(minute, () => expect(shown('notice: You are away')).toHaveLength(1));
    expect(invited()).toHaveLength(3);
  });

  it('and came back is not invited any more', async () => {
    await begin();
    await world.desk('anna').leaves();
    await world.desk('anna').joins();
    await world.desk('anna').says('!available');
    expect(invited()).toHaveLength(1);
  });
});

describe('an agent who gets another account', () => {
  const renamed = { accounts: { anna: users.eve } };

  it('has the desk from then on, and the former account has it no longer', async () => {
    await open({ agents: ['anna'] });
    const { store, delivery } = world;
    const give = async () => {
      await openDesks({ store, directory: world.directory, accept: delivery.accept });
      await delivery.idle();
    };
    await give();
    await give();
    expect(shown('invite @anna')).toHaveLength(1);
    world.reconfigure({ agents: ['anna'], ...renamed });
    await give();
    await give();
    expect([shown('invite @anna').length, shown('invite @eve').length]).toEqual([1, 1]);
    expect(shown('remove')).toEqual(['remove @anna:example.org']);
  });

  it('is not given a session by what the former account was offered', async () => {
    await open({ agents: ['anna'], availability: { offersAtDesk: true } });
    const cora = world.customer();
    await cora.says('Hello');
    world.reconfigure({ agents: ['anna'], availability: { offersAtDesk: true }, ...renamed });
    await world.desk('anna', 'eve').says('!accept');
    expect(shown('invite @anna')).toEqual([]);
    await world.pass(minute, () => {
      expect(shown('bot: Loopback session')).toHaveLength(2);
    });
    await world.desk('anna', 'eve').says('!accept');
    expect(shown('invite')).toEqual(['invite @eve:example.org']);
    await world.eve(cora.conversation).says('Hi');
    expect(cora.saw()).toEqual(['Anna: Hi']);
    expect(await quarantined()).toEqual([]);
  });
});

async function offers(): Promise<number> {
  const query = { index: 'byQueue', equals: [as<QueueId>('support')] };
  return (await world.store.find(acme, offerRecords, query)).length;
}

async function quarantined(): Promise<string[]> {
  const { found } = await world.delivery.quarantine.list(acme, { limit: 10 });
  return found.map(({ value }) => value.reason);
}
