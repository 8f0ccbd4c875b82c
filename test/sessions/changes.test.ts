import { afterEach, describe, expect, it, vi } from 'vitest';
import { as, type SessionId } from '../../src/platform/ids.ts';
import { deliveries } from '../../src/delivery/collections.ts';
import { agentWork } from '../../src/directory/agent-work.ts';
import { contactOf, contacts } from '../../src/directory/contact.ts';
import { sessions } from '../../src/sessions/session.ts';
import { stands } from './passing-time.ts';
import { acme, openWorld, type World } from './world.ts';

const texts = {
  greeting: 'Welcome.',
  allBusy: 'All busy.',
  agentJoined: 'You talk to {agent}.',
  closed: 'Goodbye.',
};
let world: World;

async function open(options: Parameters<typeof openWorld>[0] = {}): Promise<World> {
  world = await openWorld(options);
  return world;
}

afterEach(async () => world.close());

const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));

describe('a customer who has opted out', () => {
  it('is not told the texts of the tenant either', async () => {
    await open({ texts });
    const cora = world.customer();
    await cora.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await cora.says('STOP');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await anna.says('!close');
    expect(cora.saw()).toEqual([]);
    expect(world.room()).not.toContain('bot: Welcome.');
  });

  it('gets nothing that waited meanwhile', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.networkFails('retry', 'busy');
    const saying = anna.says('One moment');
    await vi.waitFor(async () => {
      const waiting = await world.store.find(acme, deliveries, { index: 'byQueued', equals: [true] });
      expect(waiting.map(({ value }) => value.attempts)).toEqual([1]);
    });
    const from = { id: as<never>('cora') };
    const at = world.clock.now();
    await cora.hand({ kind: 'consent', id: 'stop', from, consent: 'optedOut', keyword: 'STOP', at });
    await vi.waitFor(() => {
      expect(world.room().join()).toContain('has opted out');
    });
    world.clock.advance(120_000);
    await saying;
    expect(cora.saw()).toEqual([]);
    expect(world.room().at(-1)).toContain('Not delivered: the customer has opted out');
  });
});

describe('an agent who is no longer declared', () => {
  it('is taken out of the session, which goes to somebody else', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    world.reconfigure({ agents: ['ben'] });
    await cora.says('Are you there?');
    expect(world.room()).toContain('remove @anna:example.org');
    expect(world.room()).toContain('invite @ben:example.org');
    await world.anna(cora.conversation).says('I still am');
    expect(cora.saw()).toEqual([]);
    expect((await world.store.get(acme, agentWork, 'anna'))?.value.sessions).toEqual([]);
  });

  it('cannot take the session that was offered', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    world.reconfigure({ agents: ['ben'] });
    await world.anna(cora.conversation).joins();
    expect(world.room().slice(-2)).toEqual(['remove @anna:example.org', 'invite @ben:example.org']);
    await world.ben(cora.conversation).joins();
    await world.ben(cora.conversation).says('Hi');
    expect(cora.saw()).toEqual(['Ben: Hi']);
  });
});

describe('an offer', () => {
  it('does not run out while the homeserver is down, and makes no heap of invitations', async () => {
    await open();
    const cora = world.customer();
    world.homeserver('down');
    const saying = cora.says('Hello');
    const queued = async () => world.store.find(acme, deliveries, { index: 'byQueued', equals: [true] });
    await vi.waitFor(async () => {
      expect(await queued()).toHaveLength(2);
    });
    for (let minute = 0; minute < 10; minute += 1) {
      world.clock.advance(61_000);
      await stands(world);
    }
    expect(await queued()).toHaveLength(2);
    world.homeserver('up');
    world.clock.advance(60_000);
    await saying;
    expect(invitations()).toEqual(['invite @anna:example.org']);
    await world.pass(60_000, () => {
      expect(invitations()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
    });
  });

  it('is not taken by a correction, nor by a changed name', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    const said = await anna.says('Hi');
    await anna.says('!close');
    world.reconfigure({ agents: ['anna'] });
    world.clock.advance(1000);
    await cora.says('Again');
    expect(invitations()).toHaveLength(2);
    await anna.edits(said, 'Hi Cora');
    await anna.hand({
      type: 'm.room.member',
      state_key: '@anna:example.org',
      content: { membership: 'join', displayname: 'Anna B.' },
      unsigned: { prev_content: { membership: 'join' } },
    });
    await anna.says('!status');
    expect(world.room().at(-1)).toContain('offered to Anna');
    expect(cora.saw()).toEqual(['Anna: Hi']);
  });

  it('comes again when its timer was lost', async () => {
    await open({ agents: ['anna'] });
    const cora = world.customer();
    await cora.says('Hello');
    world.reconfigure({ agents: ['anna'], network: 'unknown to this version' });
    await vi.waitFor(async () => {
      world.clock.advance(30_000);
      expect((await world.delivery.quarantine.list(acme)).found).toHaveLength(1);
    });
    world.reconfigure({ agents: ['anna'] });
    world.clock.advance(120_000);
    await cora.says('Is nobody there?');
    await world.pass(1000, () => {
      expect(world.room()).toContain('remove @anna:example.org');
    });
    await world.pass(30_000, () => {
      expect(invitations()).toHaveLength(2);
    });
  });
});

describe('a line that is gone', () => {
  async function withAnna(): Promise<{
    cora: ReturnType<World['customer']>;
    anna: ReturnType<World['anna']>;
  }> {
    await open({ texts, capacity: 1 });
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.reconfigure({ texts, capacity: 1, lines: [] });
    return { cora, anna };
  }
  const inHand = async (): Promise<unknown> =>
    (await world.store.get(acme, agentWork, 'anna'))?.value.sessions;

  it('passes nothing on and says so, and its sessions can be closed', async () => {
    const { cora, anna } = await withAnna();
    const before = cora.saw();
    await anna.says('Hi');
    expect(world.room().at(-1)).toContain(
      'Not sent to the customer: the line that they wrote to was removed',
    );
    await anna.says('!note called her back');
    expect(await inHand()).toHaveLength(1);
    await anna.says('!close');
    expect(world.room()).toContain('remove @anna:example.org');
    expect(await inHand()).toEqual([]);
    expect(cora.saw()).toEqual(before);
    expect((await world.delivery.quarantine.list(acme)).found).toEqual([]);
  });

  it('ends its sessions where an operator removed it', async () => {
    const { cora } = await withAnna();
    const [session] = await world.store.find(acme, sessions, { index: 'byState', equals: ['active'] });
    const news = { what: 'line-gone', session: as<SessionId>(session?.id ?? '') } as const;
    await world.delivery.accept(acme, [
      { id: as('gone'), key: cora.conversation, event: { type: 'queue', news } },
    ]);
    await world.delivery.idle();
    expect(world.room()).toContain('remove @anna:example.org');
    expect(world.room().join()).toContain('Session closed by an operator, who removed the line');
    expect(await inHand()).toEqual([]);
  });
});

describe('a replaced room', () => {
  const tombstone = {
    type: 'm.room.tombstone',
    state_key: '',
    content: { replacement_room: '!new:example.org' },
  };

  it('is followed where a supervisor of the tenant replaced it, and nobody else', async () => {
    await open({ supervisors: ['ben'] });
    const cora = world.customer();
    await cora.says('Hello');
    await world.eve(cora.conversation).hand(tombstone);
    await world.anna(cora.conversation).hand(tombstone);
    expect(world.room()).not.toContain('follow');
    expect(world.room().at(-1)).toContain('stays in this room');
    await world.ben(cora.conversation).hand(tombstone);
    expect(world.room()).toContain('follow');
  });
});

describe('a message that cannot be handled', () => {
  it('is set aside, and its agents are told at the message', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.reconfigure({ network: 'unknown to this version' });
    const saying = anna.says('Hi');
    await vi.waitFor(async () => {
      world.clock.advance(1000);
      expect((await world.delivery.quarantine.list(acme)).found).toHaveLength(1);
    });
    await saying;
    expect(world.room().at(-1)).toContain('Not sent to the customer: this could not be handled');
  });
});

describe('a customer who writes to two names of the tenant', () => {
  it('has two conversations, is one contact, and is answered under each name', async () => {
    await open();
    const toSales = world.customer('cora', 'sales@acme.example');
    const toHelp = world.customer('cora', 'help@acme.example');
    await toSales.says('How much?');
    await Promise.race([
      toHelp.says('It broke'),
      vi.waitFor(() => {
        expect(world.room(toHelp.conversation)).toContain('contact: It broke');
      }),
    ]);
    await world.ben(toHelp.conversation).joins();
    await world.ben(toHelp.conversation).says('What does?');
    expect(toHelp.saw()).toEqual(['Ben: What does?']);
    expect(toSales.saw()).toEqual([]);
    expect(
      await world.store.get(acme, contacts, contactOf(acme, as('front'), { id: as('cora') })),
    ).toBeDefined();
  });
});
