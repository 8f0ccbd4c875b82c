import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import { agentWork } from '../../src/directory/agent-work.ts';
import { conversations } from '../../src/directory/contact.ts';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { routingKey } from '../../src/sessions/conversation-event.ts';
import { endpointAt } from '../../src/sessions/endpoints/endpoint.ts';
import { createQuarantineNotice } from '../../src/sessions/quarantine-notice.ts';
import { acme, openWorld, phoneLine, users, type World, type WorldOptions } from './world.ts';

/** Anna is reached by SMS as well, which has no buttons, no corrections and shows one correspondent. */

const anna = as<AgentId>('anna');
const number = '+15550001111';
const minute = 60_000;
const yours =
  'The session is yours. What you write here goes to the customer, except lines that begin with “!” (!help).';

let world: World;
afterEach(async () => world.close());

async function open(options: WorldOptions = {}) {
  world = await openWorld({ phones: { anna: [number] }, ...options });
  const cora = world.customer();
  return { cora, phone: world.phone(number), element: world.anna(cora.conversation) };
}
const delayed = 'notice: Delayed on its way to Anna by SMS: the line is not open. Switchboard keeps trying.';
/** What a network hands in, whose sending does not wait until all is quiet. */
const written = (from: string, text: string): ChannelEvent => ({
  kind: 'message',
  id: as(`written ${text}`),
  from: { id: as(from) },
  at: world.clock.now(),
  message: { content: { kind: 'text', text } },
});
const heard = (phone: { saw: () => string[] }): string[] =>
  phone.saw().map((line) => line.replace(/^[^:]*: /, ''));
const shown = (beginning: string): string[] => world.room().filter((line) => line.startsWith(beginning));
const keyOfPhone = () => {
  const tenant = world.directory.tenant(acme);
  const endpoint = tenant && endpointAt(tenant, phoneLine, as(number));
  if (endpoint === undefined) throw new Error('the number is no endpoint');
  return endpoint.key;
};
const inHand = async () => (await world.store.get(acme, agentWork, anna))?.value.sessions.length;
const conversationsThere = async () =>
  (await world.store.find(acme, conversations, { index: 'byContact', equals: [] })).length;

/** Cora wrote, and Anna took it on her phone. */
async function talking(options: WorldOptions = {}) {
  const opened = await open(options);
  await opened.cora.says('Hello');
  await opened.phone.says('1');
  return opened;
}

describe('an offer to an agent by SMS', () => {
  it('says who writes, where and what, and how to answer', async () => {
    const { cora, phone } = await open();
    await cora.says('Where is my parcel?');
    expect(shown('invite')).toEqual([`invite ${users.anna}`]);
    const [offer = ''] = phone.saw();
    expect(offer).toContain('Loopback session for Acme (Support)');
    expect(offer).toContain('cora writes: “Where is my parcel?”');
    expect(offer).toMatch(/Answer within 60 s \(until \d\d:\d\d:\d\d UTC\):\n1\. Accept\n2\. Decline$/);
  });

  it.each(['1', 'Accept', 'accept!', 'yes', 'Annehmen', '!accept'])('is accepted by “%s”', async (word) => {
    const { cora, phone } = await open({
      tenants: ([own, ...others]) => [
        ...(own === undefined ? [] : [{ ...own, textsIn: { de: { accept: 'Annehmen' } } }]),
        ...others,
      ],
    });
    await cora.says('Hello');
    await phone.says(word);
    expect(heard(phone).at(-1)).toBe(yours);
    await phone.says('Hi, this is Anna');
    expect(cora.saw()).toEqual(['Anna: Hi, this is Anna']);
  });

  it('is declined, and somebody else is asked', async () => {
    const { cora, phone } = await open();
    await cora.says('Hello');
    await phone.says('2');
    expect(heard(phone).at(-1)).toBe('Passed on.');
    expect(shown('remove')).toEqual([`remove ${users.anna}`]);
    expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`);
    expect(await inHand()).toBe(0);
    await phone.says('1');
    expect(heard(phone).at(-1)).toBe('That offer is over.');
    expect(cora.saw()).toEqual([]);
  });

  it('that is taken in Element is over here', async () => {
    const { cora, phone, element } = await open();
    await cora.says('Hello');
    await element.joins();
    expect(heard(phone).at(-1)).toBe('You have taken it elsewhere.');
    await phone.says('1');
    expect(heard(phone).at(-1)).toBe('That offer is over.');
    await element.says('Hi');
    await cora.says('Thanks');
    expect(heard(phone).at(-1)).toBe('That offer is over.');
    expect(cora.saw()).toEqual(['Anna: Hi']);
  });

  it('comes when it is pulled for; where nothing waits, the phone is told', async () => {
    const { cora, phone } = await open({ policy: { manual: true } });
    await phone.says('!pull');
    expect(heard(phone)).toEqual(['Looking for the next one.', 'Nothing waits that you could take now.']);
    await cora.says('Hello');
    await phone.says('!pull support');
    expect(heard(phone).at(-1)).toContain('cora writes: “Hello”');
  });

  it('that runs out is over, and says so', async () => {
    const { cora, phone } = await open();
    await cora.says('Hello');
    await world.pass(minute, () => expect(shown('invite')).toContain(`invite ${users.ben}`));
    expect(heard(phone).at(-1)).toBe('The offer has run out.');
  });

  it('has one winner where both answer at once', async () => {
    const { cora, phone, element } = await open();
    await cora.says('Hello');
    await Promise.all([phone.says('1'), element.joins()]);
    await world.delivery.idle();
    const isOnPhone = heard(phone).includes(yours);
    await element.says('Hi');
    expect(cora.saw()).toEqual(['Anna: Hi']);
    expect(heard(phone).includes('Anna: Hi')).toBe(isOnPhone);
    expect(await inHand()).toBe(1);
  });

  it('goes to the accounts alone while another session is there', async () => {
    const { phone } = await talking();
    const before = phone.saw().length;
    const dan = world.customer('dan');
    await world.desk('ben').says('!busy');
    await dan.says('Me too');
    expect(world.room(dan.conversation)).toContain(`invite ${users.anna}`);
    expect(phone.saw()).toHaveLength(before);
  });

  it('that cannot be brought there is shown in the room, and stands in Element', async () => {
    const { cora, phone, element } = await open();
    world.networkFails('permanent', 'the number cannot receive messages');
    await cora.says('Hello');
    expect(shown('notice')).toEqual([
      'notice: Anna by SMS could not be asked: the number cannot receive messages.',
    ]);
    await element.joins();
    await element.says('!close');
    await world.desk('ben').says('!busy');
    await cora.says('Again');
    expect(phone.saw()).toEqual([]);
    await phone.says('!available');
    await world.customer('dan').says('Hello');
    expect(heard(phone).at(-1)).toContain('dan writes: “Hello”');
  });
});

describe('a session with an agent by SMS', () => {
  it('goes both ways through the room, in order, as Anna', async () => {
    const { cora, phone } = await talking({ texts: { agentJoined: 'You are talking to {agent}.' } });
    await phone.says('Hi');
    await cora.says('My parcel is late');
    await phone.says('I will look');
    await phone.says('It is in Leeds');
    expect(cora.saw()).toEqual([
      'Acme: You are talking to Anna.',
      'Anna: Hi',
      'Anna: I will look',
      'Anna: It is in Leeds',
    ]);
    expect(heard(phone).slice(1)).toEqual([yours, 'My parcel is late']);
    expect(world.room(cora.conversation).filter((line) => /^(?:contact|Anna)/.test(line))).toEqual([
      'contact: Hello',
      'Anna (SMS) joins',
      'Anna (SMS): Hi',
      'contact: My parcel is late',
      'Anna (SMS): I will look',
      'Anna (SMS): It is in Leeds',
    ]);
  });

  it('shows what was said in Element with its author, and what was said before', async () => {
    const { cora, phone } = await open({ supervisors: ['ben'] });
    await cora.says('Hello');
    await cora.says('Are you there?');
    await phone.says('1');
    expect(heard(phone).at(-1)).toBe([yours, 'So far:', 'cora: Hello', 'cora: Are you there?'].join('\n'));
    const element = world.anna(cora.conversation);
    await element.joins();
    await element.says('From my desk');
    expect(heard(phone).at(-1)).toBe('Anna: From my desk');
    await world.ben(cora.conversation).says('I look on');
    await element.says('!note she is angry');
    expect(heard(phone).at(-1)).toBe('Anna: From my desk');
    expect(cora.saw()).toEqual(['Anna: From my desk']);
  });

  it('keeps commands, mistyped ones too, from the customer', async () => {
    const { cora, phone } = await talking();
    await phone.says('!note owes us a letter');
    await phone.says('!trasnfer sales');
    await phone.says('!status');
    await phone.says('!!important');
    expect(cora.saw()).toEqual(['Anna: !important']);
    expect(heard(phone).slice(2)).toEqual([
      'Noted. The customer does not see this.',
      'There is no command !trasnfer. The customer has not seen this. !help lists the commands.',
      expect.stringContaining('with Anna.'),
    ]);
  });

  it('says of what did not get to the phone that it is the agent’s', async () => {
    const { cora } = await talking({ sendLimits: { perAddressPerDay: 2 } });
    await cora.says('Are you there?');
    const limit = 'the limit of 2 SMS segments to this agent in a day is reached';
    expect(shown('notice').slice(-2)).toEqual([
      expect.stringContaining(`Not delivered to Anna by SMS: ${limit}`),
      expect.stringContaining(`Anna by SMS cannot be reached any more: ${limit}`),
    ]);
  });

  it('shows in the room what of it could not be handled', async () => {
    const { cora } = await talking();
    const notices = createQuarantineNotice({ store: world.store, directory: world.directory });
    const at = world.clock.now();
    const [notice] = await notices(acme, {
      id: as('word'),
      key: cora.conversation,
      sequence: 1,
      acceptedAt: at,
      event: {
        type: 'endpoint',
        agent: anna,
        session: as('session'),
        part: { key: keyOfPhone(), line: phoneLine, address: { id: as<never>(number) } },
        word: { what: 'message', id: as<never>('1'), at, message: {} },
      },
    });
    expect(JSON.stringify(notice?.operation)).toContain('Not sent to the customer: what the agent wrote');
  });

  it('lets nothing through of an endpoint that is asked only, or had an earlier session', async () => {
    const { cora, phone, element } = await open();
    const says = async (session: string, id: string): Promise<void> => {
      const part = { key: keyOfPhone(), line: phoneLine, address: { id: as<never>(number) } };
      const word = {
        what: 'message',
        id: as<never>(id),
        at: world.clock.now(),
        message: { content: { kind: 'text', text: id } },
      } as const;
      await world.delivery.accept(acme, [
        {
          id: as(id),
          key: cora.conversation,
          event: { type: 'endpoint', agent: anna, session: as(session), part, word },
        },
      ]);
      await world.delivery.idle();
    };
    const sessionNow = async () => (await world.store.get(acme, agentWork, anna))?.value.sessions[0] ?? '';
    await cora.says('Hello');
    const first = await sessionNow();
    await says(first, 'asked only');
    await phone.says('1');
    await says(first, 'connected');
    await says('another', 'of another session');
    await phone.says('!close');
    await cora.says('Again');
    await element.joins();
    await says(first, 'of an earlier session');
    await says(await sessionNow(), 'in Element only');
    expect(cora.saw()).toEqual(['Anna: connected']);
    expect(world.room(cora.conversation).filter((line) => line.startsWith('Anna (SMS):'))).toEqual([
      'Anna (SMS): connected',
    ]);
  });

  it('ends for the phone with its end, and what comes later reaches nobody', async () => {
    const { cora, phone } = await talking({ texts: { closed: 'Bye.' } });
    await phone.says('!close');
    expect(heard(phone).at(-1)).toBe('Session closed by Anna.');
    expect(shown('Anna (SMS)').at(-1)).toBe('Anna (SMS) leaves');
    expect(await inHand()).toBe(0);
    await phone.says('One more thing');
    await phone.says('And another');
    expect(cora.saw()).toEqual(['Acme: Bye.']);
    expect(heard(phone).filter((line) => line.startsWith('Nobody reads this'))).toHaveLength(1);
  });

  it('is followed by work that ends with !done', async () => {
    const { cora, phone } = await talking({ queue: { wrapUpMs: minute } });
    await phone.says('!close');
    expect(shown('remove')).toEqual([]);
    await phone.says('!done');
    expect(heard(phone).at(-1)).toBe('Done.');
    expect(shown('remove')).toEqual([`remove ${users.anna}`]);
    expect((await world.store.get(acme, agentWork, anna))?.value.wrapUps).toBeUndefined();
    expect(cora.saw()).toEqual([]);
  });

  it('stays with Anna when she leaves the room, and goes back when she does not want to be written to', async () => {
    const { cora, phone, element } = await talking();
    await element.joins();
    await element.leaves();
    await phone.says('Still here');
    expect(cora.saw()).toEqual(['Anna: Still here']);
    await phone.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await phone.says('STOP');
    expect(cora.saw()).toEqual(['Anna: Still here']);
    expect(await inHand()).toBe(0);
    expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`);
    const before = phone.saw().length;
    await phone.tells({ kind: 'consent', consent: 'optedIn', keyword: 'START' });
    await phone.says('!status');
    expect(phone.saw()).toHaveLength(before + 1);
  });

  it('is shown as undelivered there and held up by nothing; who cannot be reached loses it', async () => {
    const { cora, phone } = await talking();
    world.networkFails('permanent', 'the number is unknown');
    await cora.says('Are you there?');
    expect(shown('contact').at(-1)).toBe('contact: Are you there?');
    expect(shown('notice').slice(-2)).toEqual([
      'notice: Not delivered to Anna by SMS: the number is unknown.',
      'notice: Anna by SMS cannot be reached any more: the number is unknown. The session goes back to its queue.',
    ]);
    expect(shown('Anna (SMS)').at(-1)).toBe('Anna (SMS) leaves');
    expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`);
    expect(await inHand()).toBe(0);
    await phone.says('Hello?');
    expect(cora.saw()).toEqual([]);
  });

  it('is sent there again by !retry, from there or by reply in the room, and only while she has it there', async () => {
    const { cora, phone, element } = await talking({ agents: ['anna'] });
    const closed = 'it lets us write for a day only';
    world.networkFails('windowClosed', closed);
    await cora.says('First');
    expect(shown('notice').at(-1)).toBe(
      `notice: Not delivered to Anna by SMS: ${closed}. To send it again, reply to it with !retry.`,
    );
    world.networkFails('windowClosed', closed);
    await cora.says('Second');
    await phone.says('!retry');
    expect(heard(phone).filter((text) => text === 'First' || text === 'Second')).toEqual(['Second']);
    await element.joins();
    await element.replies(world.eventOf('contact: First'), '!retry');
    expect(heard(phone).filter((text) => text === 'First' || text === 'Second')).toEqual(['Second', 'First']);
    await element.says('!retry');
    expect(shown('notice').at(-1)).toBe('notice: Nothing is undelivered.');
    expect(cora.saw()).toEqual([]);

    world.networkFails('windowClosed', closed);
    await cora.says('Third');
    await phone.tells({ kind: 'ended' });
    await element.says('!retry');
    expect(shown('notice').at(-1)).toBe('notice: Nothing is undelivered.');
    // Taken there anew, she was told what was said.
    const before = heard(phone).length;
    await element.leaves();
    await world.pass(minute, () => expect(heard(phone).length).toBeGreaterThan(before));
    await phone.says('1');
    expect(heard(phone).at(-1)).toContain('Third');
    await element.says('!retry');
    expect(shown('notice').at(-1)).toBe('notice: Nothing is undelivered.');
  });

  it('is sent to her again though the customer has opted out, whom nothing is sent to', async () => {
    const { cora, phone, element } = await talking();
    await element.joins();
    world.networkFails('windowClosed', 'not today');
    await cora.says('Bye');
    await cora.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await element.says('!retry');
    expect(heard(phone)).toContain('Bye');
    expect(cora.saw()).toEqual([]);
  });

  it('stays with Anna in Element where she is in the room', async () => {
    const { cora, phone, element } = await talking();
    await element.joins();
    world.networkFails('permanent', 'the number is unknown');
    await cora.says('Are you there?');
    expect(shown('notice').at(-1)).toContain('They have the session here only.');
    await element.says('Yes');
    expect(cora.saw()).toEqual(['Anna: Yes']);
    expect(heard(phone)).not.toContain('Anna: Yes');
    expect(await inHand()).toBe(1);
  });

  it('goes back to the queue when nothing gets through to her for a while', async () => {
    const { cora } = await talking();
    for (let attempt = 0; attempt < 40; attempt += 1)
      world.networkFails('unreachable', 'the line is not open');
    await cora.hand(written('cora', 'Are you there?'));
    await vi.waitFor(() => expect(shown('notice').at(-1)).toBe(delayed));
    world.clock.advance(2 * minute);
    await vi.waitFor(() => expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`));
    expect(shown('notice').at(-1)).toContain('nothing has got through to them for a while');
    expect(await inHand()).toBe(0);
  });

  it('stays hers where the line comes back soon', async () => {
    const { cora, phone } = await talking();
    world.networkFails('unreachable', 'the line is not open');
    await cora.hand(written('cora', 'Are you there?'));
    await vi.waitFor(() => expect(shown('notice').at(-1)).toBe(delayed));
    world.clock.advance(minute);
    await vi.waitFor(() => expect(heard(phone).at(-1)).toBe('Are you there?'));
    world.clock.advance(5 * minute);
    await phone.says('Yes');
    expect(cora.saw()).toEqual(['Anna: Yes']);
    expect(await inHand()).toBe(1);
  });

  it('tells of its way to the phone when !why is asked', async () => {
    const { cora, element } = await talking();
    await cora.says('Are you there?');
    await element.says('!why');
    expect(shown('notice').at(-1)).toContain('to an agent outside Matrix: accepted by their network');
  });

  it('goes back to the queue when she goes offline for good', async () => {
    const { phone } = await talking({ availability: { reassignAfterMs: minute } });
    await phone.says('!offline');
    expect(heard(phone).at(-1)).toBe(
      'You are offline. Your session goes back to its queue in 1 min; write !available before that to keep it.',
    );
    await world.pass(minute, () => expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`));
    expect(heard(phone).at(-1)).toBe('You are offline: the session goes to somebody else.');
  });
});

describe('an agent by a network with buttons and corrections', () => {
  it('accepts by a button, corrects what was said, and takes back nothing of others', async () => {
    const { cora, phone } = await open({ phoneNetwork: 'loopback' });
    await cora.says('Hello');
    expect(heard(phone)).toEqual(['choice']);
    const session = (await world.store.get(acme, agentWork, anna))?.value.sessions[0] ?? '';
    const press = (offer: number) =>
      phone.does({
        content: { kind: 'chosen', id: `offer:${session}:${String(offer)}:yes`, label: 'Accept' },
      });
    await press(7);
    expect(heard(phone).at(-1)).toBe('That offer is over.');
    await press(1);
    const first = await phone.says('It is in Lees');
    await phone.says('It is in Leeds', { edits: { id: first } });
    await cora.says('Thanks');
    const thanks = `n-${world.network.lastDelivery}`;
    await phone.does({ reactsTo: { id: thanks, emoji: '👍' } });
    await phone.does({ retracts: { id: thanks } });
    await press(1);
    expect(cora.saw()).toEqual(['Anna: It is in Lees', 'Anna: (corrects) It is in Leeds', 'Anna: (👍)']);
    expect(shown('Anna (Loopback): (takes')).toEqual([]);
  });

  it('sees the customer’s corrections of what came since she is there', async () => {
    const { cora, phone } = await open({ phoneNetwork: 'loopback' });
    const before = await cora.says('Hallo');
    await phone.says('1');
    world.clock.advance(1000);
    const after = await cora.says('I am Kora');
    await cora.says('I am Cora', { edits: { id: after } });
    await cora.says('Hello', { edits: { id: before } });
    expect(heard(phone).slice(-3)).toEqual(['I am Kora', '(corrects) I am Cora', '* Hello']);
  });
});

describe('an agent’s address on a line', () => {
  it('opens no conversation, and is a customer’s again once it is taken away', async () => {
    const { phone } = await open();
    await phone.says('Hello?');
    await phone.says('Anybody?');
    expect(await conversationsThere()).toBe(0);
    expect(heard(phone)).toHaveLength(1);
    world.reconfigure({ phones: {} });
    await phone.says('I am a customer');
    expect(await conversationsThere()).toBe(1);
    expect(world.room(phone.conversation)[0]).toBe('contact: I am a customer');
  });

  it('that was a customer’s ends their session, when anything happens in it', async () => {
    world = await openWorld({ phones: {} });
    const phone = world.phone(number);
    await phone.says('Hello');
    const room = world.anna(phone.conversation);
    await room.joins();
    world.reconfigure({ phones: { anna: [number] } });
    await room.says('Hi');
    expect(world.room(phone.conversation)).toContain(
      'notice: Session closed by an operator: the customer’s address is an agent’s endpoint now.',
    );
    expect(phone.saw()).toEqual([]);
    await phone.says('What now?');
    expect(heard(phone)).toEqual([expect.stringContaining('Nobody reads this')]);
    expect(world.room(phone.conversation)).not.toContain('contact: What now?');
  });

  it('whose customer wrote STOP gets no offers, and the room says that it is the agent’s', async () => {
    world = await openWorld({ phones: {} });
    await world.phone(number).tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    world.reconfigure({ phones: { anna: [number] } });
    await world.customer().says('Hello');
    expect(world.phone(number).saw()).toEqual([]);
    expect(shown('notice').at(-1)).toBe(
      'notice: Anna by SMS could not be asked: the agent has opted out of messages.',
    );
  });

  it('has no part in an open session once it is taken away', async () => {
    const { cora, phone } = await talking();
    const key = keyOfPhone();
    await world.delivery.accept(acme, [
      {
        id: as('api:1'),
        key: routingKey,
        event: { type: 'accounts', agent: anna, gone: [], endpoints: [key] },
      },
    ]);
    await world.delivery.idle();
    expect(shown('Anna (SMS)').at(-1)).toBe('Anna (SMS) leaves');
    expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`);
    world.reconfigure({ phones: {} });
    await phone.says('Still me');
    expect(cora.saw()).toEqual([]);
    expect(world.room(phone.conversation)).toContain('contact: Still me');
  });

  it('is written to under the name of ours that the agent used', async () => {
    const { cora } = await open();
    const phone = world.phone(number, '+15551119999');
    await phone.says('!available');
    await cora.says('Hello');
    expect(phone.saw()).toHaveLength(2);
  });

  it('says less and less to a machine', async () => {
    const { phone } = await open();
    for (let round = 0; round < 20; round += 1) {
      await phone.says('I am out of office');
      world.clock.advance(minute);
    }
    expect(heard(phone).length).toBeLessThan(6);
  });
});
