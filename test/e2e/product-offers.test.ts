import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';

const without = await missing('synapse');
/** In the queue in which somebody is to miss an offer: long enough for the other one to accept in, on a machine that stalls. */
const offerSeconds = 10;

describe.skipIf(without !== undefined)(`a session and its two agents ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let ben: Agent;
  let stranger: Agent;
  beforeAll(async () => {
    const queue = { retrySeconds: 2 };
    const queues = { hasty: { name: 'Hasty', agents: ['anna', 'ben'], offerSeconds } };
    const rules = [{ name: 'Hasty', when: 'text.startsWith("Anybody")', queue: 'hasty' }];
    const texts = { allBusy: 'Everybody is busy.', closed: 'Good bye.' };
    rig = await startRig({
      tenants: { acme: { agents: ['anna', 'ben'], strangers: ['oscar'], queue, queues, rules, texts } },
    });
    acme = rig.enterprise('acme');
    [anna, ben, stranger] = [acme.agent('anna'), acme.agent('ben'), acme.agent('oscar')];
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
  });

  let phones = 0;
  function newCustomer(): SmsCustomer {
    phones += 1;
    return new SmsCustomer(acme, `+155533300${String(phones).padStart(2, '0')}`);
  }
  /** Whoever is invited first, and the other one. */
  async function firstAsked(): Promise<{ first: Agent; second: Agent; room: string }> {
    const first = await until('an invitation', () => [anna, ben].find((agent) => agent.isBeingAsked()));
    return { first, second: first === anna ? ben : anna, room: await first.isAsked() };
  }
  /** A customer whose opening word was answered by somebody. */
  async function talking(
    opening: string,
  ): Promise<{ sam: SmsCustomer; agent: Agent; other: Agent; room: string }> {
    const sam = newCustomer();
    await sam.says(opening);
    const { first: agent, second: other, room } = await firstAsked();
    await agent.joins(room);
    await agent.sees(room, opening);
    return { sam, agent, other, room };
  }

  test('who declines is not asked again, the other one is; what was said before is there to read', async () => {
    const sam = newCustomer();
    await sam.says('First');
    const { first, second, room } = await firstAsked();
    await sam.says('Second');
    await first.declines(room);
    expect(await second.accepts(room)).toBe(room);
    await second.sees(room, 'Second');
    expect(second.textsIn(room)).toEqual(['First', 'Second']);
    await second.says(room, 'Here I am');
    await sam.gets('Here I am');
    expect(first.isBeingAsked()).toBe(false);
    await second.says(room, '!close');
    await sam.gets('Good bye.');
    await second.isIn(room, 'leave');
  });

  test('who does not answer in time loses the invitation, the other one gets it', async () => {
    const sam = newCustomer();
    await sam.says('Anybody?');
    const { first, second, room } = await firstAsked();
    await second.accepts(room);
    await first.isIn(room, 'leave');
    expect(first.isBeingAsked()).toBe(false);
    await second.says(room, 'Yes, me');
    await sam.gets('Yes, me');
    await second.says(room, '!close');
    await sam.gets('Good bye.');
  });

  test('when nobody will, the customer is told once, and all are asked again', async () => {
    const sam = newCustomer();
    await sam.says('Hello?');
    const { first, second, room } = await firstAsked();
    await first.declines(room);
    await second.isAsked(room);
    await second.declines(room);
    await sam.gets('Everybody is busy.');
    const again = await firstAsked();
    expect(again.room).toBe(room);
    await again.first.joins(room);
    await again.first.says(room, 'Sorry for the wait');
    await sam.gets('Sorry for the wait');
    expect(sam.texts()).toEqual(['Everybody is busy.', 'Sorry for the wait']);
    await again.first.says(room, '!close');
    await sam.gets('Good bye.');
  });

  test('fifty first messages at once make one room, and all fifty are in it, once', async () => {
    const sam = newCustomer();
    const before = (await acme.view.conversations()).length;
    const all = Array.from({ length: 50 }, (_, index) => `message ${String(index)}`);
    await Promise.all(all.map(async (text) => sam.says(text)));
    const { first, room } = await firstAsked();
    await first.joins(room);
    await until('all fifty', () => first.textsIn(room).length >= 50, {
      seen: () => first.textsIn(room).length,
    });
    expect(first.textsIn(room).sort()).toEqual(all.sort());
    const rooms = await acme.view.conversations();
    expect(rooms.length).toBe(before + 1);
    expect(rooms.filter(({ name }) => name?.includes(sam.number))).toHaveLength(1);
    const ghosts = (await acme.view.users()).filter(({ displayname }) => displayname?.includes(sam.number));
    expect(ghosts).toHaveLength(1);
    await first.says(room, '!close');
    await sam.gets('Good bye.');
  });

  test('after !close the next message opens the next session, in the same room', async () => {
    const { sam, agent, room } = await talking('The first matter');
    await agent.says(room, '!close');
    await sam.gets('Good bye.');
    await agent.isIn(room, 'leave');
    await sam.says('The second matter');
    const next = await firstAsked();
    expect(next.room).toBe(room);
    await next.first.joins(room);
    await next.first.sees(room, 'The second matter');
    await next.first.says(room, 'I can read up on the first');
    await sam.gets('I can read up on the first');
    const rooms = (await acme.view.conversations()).filter(({ name }) => name?.includes(sam.number));
    expect(rooms).toHaveLength(1);
    await next.first.says(room, '!close');
  });

  test('commands are answered in their thread and never reach the customer, mistyped ones neither', async () => {
    const { sam, agent, room } = await talking('I need help');
    for (const [command, answer] of [
      ['!help', /!status: .*\n!why: .*\n.*!note/],
      [
        '!status',
        new RegExp(`${sam.number.replace('+', '\\+')} by SMS.*Session open for .* with ${agent.name}`, 'i'),
      ],
      ['!note wants a discount', /^Noted\./],
      ['!clsoe', /There is no command !clsoe\. The customer has not seen this/],
      ['! close', /There is no command/],
      ['\u200b!statsu', /There is no command/],
      ['  !note', /Write the note after the command/],
      ['!retry', /Nothing is undelivered/],
    ] as const) {
      const event = await agent.says(room, command);
      await agent.isTold(room, event, answer);
    }
    const edited = await agent.says(room, 'A word');
    await sam.gets('A word');
    await agent.edits(room, edited, '!note not for you');
    await agent.says(room, { msgtype: 'm.notice', body: 'I am a bot' });
    await agent.says(room, '!!important');
    await sam.gets('!important');
    expect(sam.texts()).toEqual(['A word', '!important']);
    await agent.says(room, '!close');
  });

  test('an onlooker is told that the customer does not read it; a stranger and an encrypted event likewise', async () => {
    const { sam, agent, other, room } = await talking('Just us two?');
    await acme.invite(room, other.userId);
    await other.accepts(room);
    const aside = await other.says(room, 'Shall we give a discount?');
    await agent.isTold(room, aside, /you are not connected to this session/);
    await acme.invite(room, stranger.userId);
    await stranger.accepts(room);
    const wrong = await stranger.says(room, 'Hi from nowhere');
    await agent.isTold(room, wrong, /not one of this tenant’s agents/);
    const ciphered = await agent.sends(room, 'm.room.encrypted', {
      algorithm: 'm.megolm.v1.aes-sha2',
      ciphertext: 'AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg',
      session_id: 'X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ',
    });
    await agent.isTold(room, ciphered, /encrypted/);
    await agent.says(room, 'Just us two.');
    await sam.gets('Just us two.');
    expect(sam.texts()).toEqual(['Just us two.']);
    await agent.says(room, '!close');
    await sam.gets('Good bye.');
    const late = await stranger.says(room, 'Still here');
    await stranger.isTold(room, late, /Not sent to the customer/);
    expect(sam.texts()).toEqual(['Just us two.', 'Good bye.']);
  });

  test('an agent who leaves gives the session back, and the other one is asked', async () => {
    const { sam, agent, other, room } = await talking('Stay with me');
    await agent.client.leave(room);
    await other.accepts(room);
    await other.says(room, 'I take over');
    await sam.gets('I take over');
    await other.says(room, '!close');
  });
});
