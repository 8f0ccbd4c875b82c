import { afterEach, describe, expect, it, vi } from 'vitest';
import { as, type AgentId, type QueueId } from '../../src/platform/ids.ts';
import { offerRecords } from '../../src/queues/offer-record.ts';
import { timerRecords } from '../../src/delivery/collections.ts';
import { deskOf } from '../../src/sessions/desk/desk.ts';
import { acme, openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
async function open(options: WorldOptions = {}): Promise<World> {
  world = await openWorld(options);
  return world;
}
afterEach(async () => world.close());

const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));
const minute = 60_000;
/** That still run. */
const graceTimers = async (): Promise<string[]> =>
  (await world.store.find(acme, timerRecords, { index: 'byDue', equals: [] }))
    .map(({ value }) => value.name)
    .filter((name) => name.startsWith('gone'));
/** Of Anna. */
const atDesk = (): string[] => world.room(deskOf(as('anna')));

describe('customers who wait', () => {
  it('are served in the order in which they came, as agents become free', async () => {
    await open({ capacity: 1, agents: ['anna'] });
    const [first, second, third] = ['cora', 'dan', 'eli'].map((name) => world.customer(name));
    await first?.says('I was first');
    world.clock.advance(1000);
    await second?.says('I was second');
    world.clock.advance(1000);
    await third?.says('I was third');
    const serve = async (customer = first): Promise<void> => {
      if (customer === undefined) return;
      expect(world.room(customer.conversation)).toContain('invite @anna:example.org');
      await world.anna(customer.conversation).joins();
      await world.anna(customer.conversation).says('!close');
    };
    await serve(first);
    await serve(second);
    await serve(third);
    expect(invitations()).toHaveLength(3);
  });

  it('go first where the promise ends sooner or the queue has priority', async () => {
    await open({ capacity: 1, agents: ['anna'] });
    const busy = world.customer('busy');
    await busy.says('Hello');
    await world.anna(busy.conversation).joins();
    const patient = world.customer('patient');
    await patient.says('I wait since long');
    world.clock.advance(minute);
    world.reconfigure({ capacity: 1, agents: ['anna'], queue: { priority: 5 } });
    const urgent = world.customer('urgent');
    await urgent.says('I am urgent');
    await world.anna(busy.conversation).says('!close');
    expect(world.room(urgent.conversation)).toContain('invite @anna:example.org');
    expect(world.room(patient.conversation)).not.toContain('invite @anna:example.org');
  });

  it('get an agent who can, though others are free', async () => {
    await open({ policy: { required: { french: 3 } }, skills: { ben: { french: 4 } } });
    const cora = world.customer();
    await cora.says('Bonjour');
    expect(invitations()).toEqual(['invite @ben:example.org']);
  });

  it('get others when nobody came in time: rings widen by themselves', async () => {
    const rings = [{ afterMs: minute, agents: [as<AgentId>('ben')], dropSkills: [] }];
    await open({ agents: ['anna', 'ben'], policy: { members: [as<AgentId>('anna')], rings } });
    await world.desk('anna').says('!offline');
    await world.customer().says('Hello');
    expect(invitations()).toEqual([]);
    await world.pass(minute, () => {
      expect(invitations()).toEqual(['invite @ben:example.org']);
    });
  });

  it('come back to who knows them, if they are there', async () => {
    await open({ policy: { lastAgentMs: 20_000 } });
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!close');
    world.clock.advance(minute);
    await cora.says('Me again');
    expect(invitations()).toEqual(['invite @anna:example.org', 'invite @anna:example.org']);
  });
});

describe('agents say whether they are there', () => {
  it('and are asked only while they are', async () => {
    await open({ agents: ['anna'] });
    const desk = world.desk('anna');
    await desk.says('!break');
    expect(world.room()).toContain('notice: You are on a break.');
    await world.customer().says('Hello');
    expect(invitations()).toEqual([]);
    await desk.says('!available');
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });

  it('what is offered to who goes is taken back at once, and goes to another', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    await world.desk('anna').says('!busy');
    expect(world.room()).toContain('remove @anna:example.org');
    expect(invitations()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
  });

  it('who misses offers is away until they come back', async () => {
    await open({ agents: ['anna'], availability: { awayAfterMissed: 2 }, policy: { retryMs: 1000 } });
    await world.customer().says('Hello');
    await world.pass(minute, () => {
      expect(world.room()).toContain('remove @anna:example.org');
    });
    await world.pass(1000, () => {
      expect(invitations()).toHaveLength(2);
    });
    await world.pass(minute, () => {
      expect(world.room().at(-1)).toMatch(/^(notice: You are away|remove)/);
    });
    await world.pass(10_000, () => undefined);
    expect(invitations()).toHaveLength(2);
    await world.desk('anna').says('!available');
    expect(invitations()).toHaveLength(3);
  });

  it('sessions of who went offline go back to the queue after two minutes, with their place, and the desk says so', async () => {
    await open();
    const [cora, dan] = ['cora', 'dan'].map((name) => world.customer(name));
    await world.desk('ben').says('!busy');
    for (const customer of [cora, dan]) {
      await customer?.says('Hello');
      await world.anna(customer!.conversation).joins();
    }
    await world.desk('ben').says('!available');
    await world.desk('anna').says('!offline');
    expect(atDesk()).toContain(
      'notice: You are offline. Your 2 sessions go back to their queues in 2 min; write !available before that to keep them.',
    );
    expect(invitations()).toHaveLength(2);
    world.clock.advance(2 * minute - 1);
    await world.delivery.idle();
    expect(invitations()).toHaveLength(2);
    await world.pass(1, () => {
      expect(invitations().slice(2)).toEqual(['invite @ben:example.org', 'invite @ben:example.org']);
    });
    expect(world.room(cora?.conversation)).toContain('remove @anna:example.org');
  });

  it('and keep them when they come back in time', async () => {
    await open({ availability: { reassignAfterMs: minute } });
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!offline');
    const words = 'Your session goes back to its queue in 1 min; write !available before that to keep it.';
    expect(world.room(cora.conversation)).toContain(`notice: You are offline. ${words}`);
    expect(atDesk()).toContain(`notice: You are offline. ${words}`);
    world.clock.advance(30_000);
    await world.desk('anna').says('!available');
    await world.pass(2 * minute, () => undefined);
    expect(invitations()).toHaveLength(1);
  });

  it('and keep what they took themselves after they went', async () => {
    await open({ agents: ['anna'], policy: { manual: true } });
    const [cora, dan] = ['cora', 'dan'].map((name) => world.customer(name));
    await cora?.says('Hello');
    await world.anna(cora!.conversation).says('!take');
    await world.desk('anna').says('!offline');
    world.clock.advance(1000);
    await dan?.says('Hello');
    await world.anna(dan!.conversation).says('!take');
    await world.pass(2 * minute, () => {
      expect(world.room(cora?.conversation)).toContain('remove @anna:example.org');
    });
    await world.anna(dan!.conversation).says('I am still here');
    expect(dan?.saw()).toEqual(['Anna: I am still here']);
  });

  it('keep all that they have where the tenant says never, or says so meanwhile', async () => {
    await open({ reassign: 'never' });
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    const stays = async (): Promise<void> => {
      world.clock.advance(86_400_000);
      await vi.waitFor(async () => expect(await graceTimers()).toEqual([]));
      await world.delivery.idle();
      expect(invitations()).toHaveLength(1);
    };
    await world.desk('anna').says('!offline');
    expect(atDesk()).toEqual(['notice: You are offline.']);
    await stays();
    world.reconfigure({});
    await world.desk('anna').says('!offline');
    expect(await graceTimers()).toHaveLength(1);
    world.reconfigure({ reassign: 'never' });
    await stays();
  });
});

describe('after-session work', () => {
  it('keeps the agent in the room and their place taken, until !done or its time is over', async () => {
    await open({ capacity: 1, agents: ['anna'], queue: { wrapUpMs: minute } });
    const cora = world.customer('cora');
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await anna.says('!close');
    await anna.says('!note was about a parcel');
    expect(world.room()).not.toContain('remove @anna:example.org');
    await world.customer('dan').says('Hello, too');
    expect(invitations()).toHaveLength(1);
    await anna.says('!done');
    expect(world.room()).toContain('remove @anna:example.org');
    expect(invitations()).toHaveLength(2);
  });

  it('ends by itself', async () => {
    await open({ capacity: 1, agents: ['anna'], queue: { wrapUpMs: minute } });
    const cora = world.customer('cora');
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!close');
    await world.customer('dan').says('Hello, too');
    await world.pass(minute, () => {
      expect(invitations()).toHaveLength(2);
    });
  });
});

describe('at the desk', () => {
  it('an offer is accepted with a reaction: then the agent is invited', async () => {
    await open({ agents: ['anna'], availability: { offersAtDesk: true } });
    const cora = world.customer();
    await cora.says('Hello');
    expect(invitations()).toEqual([]);
    const card = world.eventOf('bot: Loopback session for Acme (Support), waiting 0 s. Accept');
    await world.desk('anna').reacts(card, '✅');
    expect(world.room()).toContain(
      'bot: (corrects) Loopback session for Acme (Support), waiting 0 s. It is yours: you are invited to its room.',
    );
    expect(invitations()).toEqual(['invite @anna:example.org']);
    await world.anna(cora.conversation).says('Hi');
    expect(cora.saw()).toEqual(['Anna: Hi']);
  });

  it('an offer that is declined goes on, and reacting once more changes nothing', async () => {
    await open({ availability: { offersAtDesk: true } });
    const cora = world.customer();
    await cora.says('Hello');
    const card = world.eventOf('bot: Loopback session');
    await world.desk('anna').reacts(card, '❌');
    await world.desk('anna').reacts(card, '✅');
    expect(invitations()).toEqual([]);
    await world.desk('ben').says('!accept');
    expect(invitations()).toEqual(['invite @ben:example.org']);
    const offers = await world.store.find(acme, offerRecords, {
      index: 'byQueue',
      equals: [as<QueueId>('support')],
    });
    expect(offers.map(({ value }) => `${value.agent} ${value.state}`)).toEqual([
      'anna rejected',
      'ben accepted',
    ]);
  });

  it('nobody is asked again at once when the last declines after the time to ask the first again', async () => {
    await open({ availability: { offersAtDesk: true }, policy: { retryMs: 30_000 } });
    const offeredTo = async (): Promise<AgentId[]> => {
      const offers = await world.store.find(acme, offerRecords, {
        index: 'byQueue',
        equals: [as<QueueId>('support')],
      });
      return offers.map(({ value }) => value.agent);
    };
    await world.desk('ben').says('!offline');
    await world.customer().says('Hello');
    await world.desk('anna').says('!decline');
    world.clock.advance(29_000);
    await world.desk('ben').says('!available');
    expect(await offeredTo()).toEqual(['anna', 'ben']);
    await world.pass(6000, () => undefined);
    await world.desk('ben').says('!decline');
    expect(await offeredTo()).toEqual(['anna', 'ben']);
    world.clock.advance(30_000);
    await vi.waitFor(async () => expect(await offeredTo()).toHaveLength(3));
  });

  it('agents take what waits themselves, where the queue asks nobody', async () => {
    await open({ policy: { manual: true } });
    await world.customer('cora').says('Hello');
    await world.desk('ben').says('!queues');
    expect(world.room()).toContain('notice: Support: 1 waiting, the longest for 0 s.');
    expect(invitations()).toEqual([]);
    await world.desk('ben').says('!pull support');
    expect(invitations()).toEqual(['invite @ben:example.org']);
    await world.desk('anna').says('!pull');
    expect(world.room()).toContain('notice: Nothing waits that you could take now.');
    expect(invitations()).toHaveLength(1);
  });

  it('only the agent is heard there', async () => {
    await open({ agents: ['anna'] });
    const desk = world.desk('anna', 'ben');
    await desk.says('!offline');
    await world.customer().says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });
});

describe('a hundred acceptances at once', () => {
  it('have one winner', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    const ben = world.ben(cora.conversation);
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => (index % 2 === 0 ? anna : ben).says('!accept')),
    );
    expect(world.sessionLog).toEqual(['open']);
    expect(world.room().filter((line) => line === 'notice: The session is yours.')).toHaveLength(1);
  });
});
