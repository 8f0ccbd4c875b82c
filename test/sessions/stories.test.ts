import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { as } from '../../src/platform/ids.ts';
import { addresses, contactOf } from '../../src/directory/contact.ts';
import { sessions } from '../../src/sessions/session.ts';
import { acme, openWorld, type World } from './world.ts';

const texts = {
  greeting: 'Welcome to {tenant}.',
  allBusy: 'All busy.',
  agentJoined: 'You talk to {agent}.',
  closed: 'Goodbye.',
};
let world: World;

async function open(options: Parameters<typeof openWorld>[0] = { texts }): Promise<World> {
  world = await openWorld(options);
  return world;
}

afterEach(async () => world.close());

describe('a conversation from the first word to the last', () => {
  it('greets, asks an agent, connects, relays both ways, closes, and opens anew in the same room', async () => {
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    expect(world.room()).toEqual([
      'contact: Hello',
      'bot: Welcome to Acme.',
      'bot receipt',
      'invite @anna:example.org',
    ]);
    expect(cora.saw()).toEqual(['Acme: Welcome to Acme.']);

    const anna = world.anna(cora.conversation);
    await anna.joins();
    await anna.says('Hi Cora');
    await cora.says('My parcel is lost');
    expect(cora.saw().slice(1)).toEqual(['Acme: You talk to Anna.', 'Anna: Hi Cora']);
    expect(world.sessionLog).toEqual(['open']);

    await anna.says('!close');
    expect(cora.saw().at(-1)).toBe('Acme: Goodbye.');
    expect(world.room()).toContain('remove @anna:example.org');
    expect(world.sessionLog).toEqual(['open', 'closed']);

    world.clock.advance(1000);
    await cora.says('One more thing');
    expect(world.room().filter((line) => line === 'invite @anna:example.org')).toHaveLength(1);
    expect(world.room().at(-1)).toBe('invite @ben:example.org'); // longest without work
    const all = await world.store.find(acme, sessions, {
      index: 'byConversation',
      equals: [cora.conversation],
    });
    expect(all.map(({ value }) => value.state)).toEqual(['closed', 'offered']);
  });

  it('makes one session of fifty first messages at once, and keeps their order', async () => {
    await open({});
    const cora = world.customer();
    const said = Array.from({ length: 50 }, (_, index) => `message ${String(index)}`);
    await Promise.all(
      said.map(async (text, index) =>
        cora.hand({
          kind: 'message',
          id: as(`m${String(index)}`),
          from: { id: as('cora') },
          at: world.clock.now(),
          message: { content: { kind: 'text', text } },
        }),
      ),
    );
    await world.delivery.idle();
    const all = await world.store.find(acme, sessions, {
      index: 'byConversation',
      equals: [cora.conversation],
    });
    expect(all).toHaveLength(1);
    expect(world.room().filter((line) => line.startsWith('contact:'))).toEqual(
      said.map((text) => `contact: ${text}`),
    );
    expect(world.room().filter((line) => line.startsWith('invite'))).toEqual(['invite @anna:example.org']);
  });

  it('takes a repeated webhook for what it is', async () => {
    await open({});
    const cora = world.customer();
    const event = {
      kind: 'message' as const,
      id: as<never>('same'),
      from: { id: as<never>('cora') },
      at: 1,
      message: { content: { kind: 'text' as const, text: 'once' } },
    };
    await cora.hand(event);
    await cora.hand(event);
    await world.delivery.idle();
    expect(world.room().filter((line) => line === 'contact: once')).toHaveLength(1);
  });
});

describe('offers', () => {
  beforeEach(async () => open());

  it('go to the next agent when declined, and wait when nobody can', async () => {
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).declines();
    expect(world.room()).toContain('invite @ben:example.org');
    await world.ben(cora.conversation).declines();
    expect(cora.saw()).toEqual(['Acme: Welcome to Acme.', 'Acme: All busy.']);
    await world.pass(30_000, () => {
      expect(world.room().filter((line) => line.startsWith('invite'))).toHaveLength(3);
    });
    await world.anna(cora.conversation).declines();
    await world.ben(cora.conversation).declines();
    expect(cora.saw().filter((line) => line.endsWith('All busy.'))).toHaveLength(1);
  });

  it('run out: the invitation is withdrawn, and a late acceptance connects nobody', async () => {
    const cora = world.customer();
    await cora.says('Hello');
    await world.pass(60_000, () => {
      expect(world.room()).toContain('invite @ben:example.org');
    });
    expect(world.room()).toContain('remove @anna:example.org');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await anna.says('I am late');
    expect(cora.saw()).not.toContain('Anna: I am late');
    await world.ben(cora.conversation).joins();
    expect(cora.saw()).toContain('Acme: You talk to Ben.');
  });

  it('respect capacity across conversations', async () => {
    await world.close();
    await open({ capacity: 1 });
    await Promise.all(['c1', 'c2', 'c3'].map(async (name) => world.customer(name).says(`I am ${name}`)));
    await world.delivery.idle();
    const invited = world.room().filter((line) => line.startsWith('invite'));
    expect(invited.sort()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
  });

  it('have one winner, however many accept at once', async () => {
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await Promise.all(Array.from({ length: 100 }, async () => anna.joins()));
    const [session] = await world.store.find(acme, sessions, {
      index: 'byConversation',
      equals: [cora.conversation],
    });
    const connected = session?.value.legs.filter((leg) => leg.role === 'agent' && leg.state === 'connected');
    expect(connected).toHaveLength(1);
    expect(cora.saw().filter((line) => line.includes('You talk to'))).toHaveLength(1);
  });

  it('are made again when the connected agent leaves', async () => {
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).leaves();
    expect(world.room().at(-1)).toBe('invite @ben:example.org');
  });
});

describe('what must not reach the customer', () => {
  it('stays in the room: onlookers, commands, mistyped commands, notes, and words after the end', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    await world.ben(cora.conversation).says('I only look on');
    await world.eve(cora.conversation).says('I am nobody here');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await anna.says('!note she sounds angry');
    await anna.says('!colse');
    await anna.says('!help');
    await anna.hand({ content: { msgtype: 'm.notice', body: 'a bot speaks' } });
    await anna.hand({ type: 'm.room.encrypted', content: { algorithm: 'm.megolm.v1.aes-sha2' } });
    await anna.hand({
      origin_server_ts: world.clock.now() - 7_200_000,
      content: { msgtype: 'm.text', body: 'from long ago' },
    });
    await anna.says('!close');
    await anna.says('said too late');
    expect(cora.saw()).toEqual([]);
    const notices = world.room().filter((line) => line.startsWith('notice'));
    expect(notices.join('\n')).toContain('There is no command !colse');
    expect(notices.join('\n')).toContain('not connected to this session');
    expect(notices.join('\n')).toContain('encrypted');
    expect(notices.join('\n')).toContain('reached us too late');
    expect(notices.join('\n')).toContain('no session is open');
  });

  it('stays among the agents in a thread beneath a note or a notice', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    const beneath = (root: string) => ({ 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    const note = await anna.says('!note she sounds angry');
    await anna.says('she always does', beneath(note));
    expect(cora.saw()).toEqual([]);
    expect(world.room().at(-1)).toContain('no part in this thread');
    const answer = await anna.says('Hi');
    await anna.says('How can I help?', beneath(answer));
    expect(cora.saw()).toEqual(['Anna: Hi', 'Anna: How can I help?']);
  });

  it('but “!!” says a line that begins with “!”', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!!important');
    expect(cora.saw()).toEqual(['Anna: !important']);
  });

  it('stops at an opt-out and goes on after an opt-in', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await cora.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await anna.says('Do you still want it?');
    expect(cora.saw()).toEqual([]);
    expect(world.room().at(-1)).toContain('opted out');
    world.clock.advance(1000);
    await cora.tells({ kind: 'consent', consent: 'optedIn', keyword: 'START' });
    await anna.says('Welcome back');
    expect(cora.saw()).toEqual(['Anna: Welcome back']);
  });

  it('goes on after HELP, which is kept with the other words of consent', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await cora.tells({ kind: 'consent', consent: 'helpAsked', keyword: 'HELP' });
    await anna.says('How can I help?');
    expect(cora.saw()).toEqual(['Anna: How can I help?']);
    world.clock.advance(60_000);
    await cora.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await cora.tells({ kind: 'consent', consent: 'helpAsked', keyword: 'INFO' });
    await anna.says('!status');
    expect(world.room().at(-1)).toMatch(/, opted out by STOP on .+ UTC, asked for help by INFO on .+ UTC\./);
    const kept = await world.store.find(acme, addresses, {
      index: 'byContact',
      equals: [contactOf(acme, as('front'), { id: as('cora') })],
    });
    expect(kept[0]?.value.consentWords?.map(({ keyword }) => keyword)).toEqual(['HELP', 'STOP', 'INFO']);
    await anna.says('One more');
    expect(cora.saw()).toEqual(['Anna: How can I help?']);
  });
});

describe('replies, corrections, reactions, retractions', () => {
  it('find their target in both directions', async () => {
    await open({});
    const cora = world.customer();
    const first = await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    const answer = await anna.says('Hi');
    await anna.edits(answer, 'Hi Cora');
    const reaction = await anna.reacts(answer, '👍');
    await anna.redacts(reaction);
    await anna.redacts(answer);
    expect(cora.saw()).toEqual([
      'Anna: Hi',
      'Anna: (corrects) Hi Cora',
      'Anna: (👍)',
      'Anna: (takes back 👍)',
      'Anna: (takes back)',
    ]);
    await cora.says('Hello there', { edits: { id: first } });
    await cora.does({ reactsTo: { id: first, emoji: '🎉' } });
    await cora.does({ retracts: { id: first } });
    const contact = world.room().filter((line) => line.startsWith('contact: '));
    expect(contact).toEqual([
      'contact: Hello',
      'contact: (corrects) Hello there',
      'contact: (🎉)',
      'contact: (takes back)',
    ]);
  });

  it('send a corrected copy of what went in several messages, and take all of them back', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    const long = await anna.says('A long story. '.repeat(400));
    expect(cora.saw()).toHaveLength(2);
    expect(world.room().at(-2)).toMatch(/^notice: .*2 messages/);
    await anna.edits(long, 'A short story.');
    expect(cora.saw().at(-1)).toMatch(/^Anna: (?!\(corrects\)).*A short story\.$/);
    await anna.redacts(long);
    expect(cora.saw().slice(-2)).toEqual(['Anna: (takes back)', 'Anna: (takes back)']);
  });

  it('do not correct at the customer’s what was never sent there', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    const note = await anna.says('!note internal');
    await anna.edits(note, 'internal, but without the mark');
    expect(cora.saw()).toEqual([]);
  });
});

describe('what became of a message', () => {
  it('is shown at the message: accepted, read, failed with the reason; !retry sends again', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.networkFails('permanent', 'the number is not in service');
    const lost = await anna.says('Can you hear me?');
    expect(world.room().at(-1)).toBe(
      'notice: Not delivered: the number is not in service. To send it again, reply to it with !retry.',
    );
    await anna.says('And now?');
    expect(world.room().at(-1)).toBe('bot receipt');
    await anna.replies(lost, '!retry');
    expect(cora.saw()).toEqual(['Anna: And now?', 'Anna: Can you hear me?']);
    await anna.says('!retry');
    expect(world.room().at(-1)).toBe('notice: Nothing is undelivered.');
  });

  it('that could not be shown in the room is told with the reason; !retry shows it, in order', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.roomRefuses('the homeserver refused it');
    world.roomRefuses('the homeserver refused it');
    await cora.says('First');
    await cora.says('Second');
    expect(world.room().at(-1)).toBe(
      'notice: A message of the customer could not be shown here: the homeserver refused it. To show it again, write !retry.',
    );
    await anna.says('!retry');
    expect(world.room().slice(-3)).toEqual([
      'contact: First',
      'contact: Second',
      'notice: Showing again what could not be shown here.',
    ]);
    await anna.says('!retry');
    expect(world.room().at(-1)).toBe('notice: Nothing is undelivered.');
    expect(cora.saw()).toEqual([]);
  });

  it('that could not be shown comes back even from a customer who has opted out', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.roomRefuses('too large');
    await cora.says('My last word');
    await cora.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await anna.says('!retry');
    expect(world.room().at(-2)).toBe('contact: My last word');
  });

  it('is asked about when nobody can know, and never sent twice by itself', async () => {
    await open({ onUnclear: 'ask' });
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.networkFails('retry', 'the connection broke', false);
    const once = await anna.says('Once');
    expect(cora.saw()).toEqual([]);
    expect(world.network.lookedUp).toBe(1);
    expect(world.room().at(-1)).toContain('It is unclear whether this was delivered: the connection broke');
    await anna.says('Next');
    expect(cora.saw()).toEqual(['Anna: Next']);
    // What becomes of it is the agent's decision.
    await anna.replies(once, '!retry');
    expect(cora.saw()).toEqual(['Anna: Next', 'Anna: Once']);
  });

  it('is not asked about where the network itself finds the message', async () => {
    await open({ onUnclear: 'ask' });
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.networkFails('retry', 'the connection broke', false, () => {
      world.networkHas();
    });
    await anna.says('Once');
    expect(cora.saw()).toEqual([]);
    expect(world.room().at(-1)).toBe('bot receipt');
  });

  it('is cleared up at the message when the network tells later, by our own reference', async () => {
    await open({ onUnclear: 'ask' });
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.networkFails('retry', 'the connection broke', false);
    const once = await anna.says('Once');
    const delivery = world.network.lastDelivery;
    await cora.tells({ kind: 'receipt', target: 'SM1', delivery, status: 'sent' });
    expect(world.room().at(-1)).toBe(
      'notice: It is clear now: this did go out. There is no need to send it again.',
    );
    const shown = world.room().length;
    await cora.tells({ kind: 'receipt', target: 'SM1', delivery, status: 'delivered' });
    expect(world.room().length).toBe(shown);
    await cora.tells({ kind: 'receipt', target: 'SM1', delivery, status: 'read' });
    expect(world.room().at(-1)).toBe('contact receipt');
    await anna.replies(once, '!retry');
    expect(world.room().at(-1)).toContain('there is nothing to send again');
    expect(cora.saw()).toEqual([]);
  });

  /** The connection breaks while Anna's message goes out; the customer sees it once, without anybody doing anything. */
  async function breaksOnceAndArrives(options: Parameters<typeof openWorld>[0]): Promise<void> {
    await open(options);
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    world.networkFails('retry', 'the connection broke', false);
    const says = anna.says('Once');
    // Its next attempt is due some time after the first has failed.
    await world.pass(0, () => {
      world.clock.advance(2000);
      expect(cora.saw()).toEqual(['Anna: Once']);
    });
    await says;
  }

  it('is sent again by itself where the line is to risk a double', async () => {
    await breaksOnceAndArrives({ onUnclear: 'resend' });
    expect(world.room().filter((line) => line.includes('unclear'))).toEqual([]);
  });

  it('needs no question on a network that recognises a repetition', async () => {
    await breaksOnceAndArrives({});
    expect(world.network.lookedUp).toBe(0);
  });
});
