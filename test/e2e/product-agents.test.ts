import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { png } from './product/files.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';

const without = await missing('synapse');

/** Anna speaks French, Ben German, Cleo Spanish. Orders are Anna's and Ben's, and Cleo's, who has a telephone beside her desk and handles text only. */
describe.skipIf(without !== undefined)(`agents, their skills and their absences ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let ben: Agent;
  let cleo: Agent;
  let telephone: Agent;
  beforeAll(async () => {
    const german = {
      name: 'German',
      when: 'text.contains("deutsch")',
      requiredSkills: { german: 3 },
      rings: [{ afterSeconds: 3, dropSkills: ['german'] }],
    };
    // Nobody is asked before this time has been waited.
    const patience = {
      name: 'Patience',
      when: 'text.startsWith("Order 3")',
      queue: 'orders',
      requiredSkills: { patience: 1 },
      rings: [{ afterSeconds: 3, dropSkills: ['patience'] }],
    };
    rig = await startRig({
      tenants: {
        acme: {
          agents: ['anna', 'ben', 'cleo'],
          strangers: ['telephone'],
          endpoints: { cleo: ['telephone'] },
          settings: {
            anna: { skills: { french: 4 } },
            ben: { skills: { german: 5 } },
            cleo: { skills: { spanish: 3 }, media: ['text'] },
          },
          queue: { retrySeconds: 600 },
          queues: {
            orders: {
              name: 'Orders',
              agents: ['anna', 'ben', 'cleo'],
              // Long enough for who accepts on a machine that stalls.
              offerSeconds: 10,
              retrySeconds: 1,
              lastAgentSeconds: 60,
            },
          },
          rules: [german, patience, { name: 'Orders', when: 'text.startsWith("Order")', queue: 'orders' }],
          availability: { awayAfterMissed: 2, reassignSeconds: 1 },
          texts: { closed: 'Good bye.' },
        },
      },
    });
    acme = rig.enterprise('acme');
    [anna, ben, cleo] = [acme.agent('anna'), acme.agent('ben'), acme.agent('cleo')];
    telephone = acme.agent('telephone');
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
  });

  let phones = 0;
  function newCustomer(): SmsCustomer {
    phones += 1;
    return new SmsCustomer(acme, `+155544400${String(phones).padStart(2, '0')}`);
  }

  async function isNow(agent: Agent, availability: 'available' | 'offline'): Promise<void> {
    const desk = await agent.atDesk();
    const said = await agent.says(desk, `!${availability}`);
    await agent.isTold(desk, said, new RegExp(`You are ${availability}`));
  }
  async function atWork(...present: readonly Agent[]): Promise<void> {
    for (const agent of [anna, ben, cleo])
      await isNow(agent, present.includes(agent) ? 'available' : 'offline');
  }
  /** Who was invited to the room, in order. */
  async function invited(room: string): Promise<{ readonly who: string; readonly at: number }[]> {
    const events = await acme.view.events(room);
    return events
      .filter(({ type, content }) => type === 'm.room.member' && content['membership'] === 'invite')
      .filter(({ state_key: user }) => !user.startsWith('@_switchboard_'))
      .map(({ state_key: user, origin_server_ts: at }) => ({ who: user.slice(1).split(':')[0] ?? '', at }));
  }
  async function closes(agent: Agent, room: string, sam: SmsCustomer): Promise<void> {
    await agent.says(room, '!close');
    await sam.gets('Good bye.');
    await agent.isIn(room, 'leave');
  }

  test('German is wanted: only Ben is asked; when he will not, the next one is, once the ring has widened', async () => {
    await atWork(anna, ben, cleo);
    const sam = newCustomer();
    const begun = Date.now();
    await sam.says('Sprechen Sie deutsch?');
    const room = await ben.isAsked();
    expect(anna.isBeingAsked() || cleo.isBeingAsked()).toBe(false);
    await ben.declines(room);
    const next = await until('who is asked next', () => [anna, cleo].find((agent) => agent.isBeingAsked()));
    await next.accepts(room);
    const asked = await invited(room);
    expect(asked[0]?.who).toBe('ben');
    expect((asked[1]?.at ?? 0) - begun).toBeGreaterThanOrEqual(3000);
    expect(new Set(asked.map(({ who }) => who)).size).toBe(asked.length);
    const why = await next.says(room, '!why');
    await next.isTold(room, why, /no longer asked for: german[^]*By the rule “German”/);
    await next.says(room, 'A little');
    await sam.gets('A little');
    await closes(next, room, sam);
    expect(ben.isBeingAsked()).toBe(false);
  });

  test('two take the session at once: one has it, and the other is told', async () => {
    await atWork(anna, ben);
    const sam = newCustomer();
    await sam.says('Hello there');
    const asked = await until('an invitation', () => [anna, ben].find((agent) => agent.isBeingAsked()));
    const room = await asked.isAsked();
    const other = asked === anna ? ben : anna;
    await acme.invite(room, other.userId);
    await other.accepts(room);
    // Whoever comes too late is not let in any more.
    const joining = asked.client.joinRoom(room).catch(() => undefined);
    const [take] = await Promise.all([other.says(room, '!take'), joining]);
    const answer = await other.isTold(room, take, /^(The session is yours|Another agent has the session)\.$/);
    const otherHasIt = answer.content['body'] === 'The session is yours.';
    const [winner, loser] = otherHasIt ? [other, asked] : [asked, other];
    if (otherHasIt) await loser.isIn(room, 'leave');
    else {
      await winner.isIn(room, 'join');
      const aside = await loser.says(room, 'It is mine, is it not?');
      await loser.isTold(room, aside, /you are not connected to this session/);
    }
    await winner.says(room, 'I am here for you');
    await sam.gets('I am here for you');
    expect(sam.texts()).toEqual(['I am here for you']);
    await closes(winner, room, sam);
  });

  test('Anna misses two offers and is away: the session goes to Ben, and she is asked no more', async () => {
    await atWork(anna);
    const sam = newCustomer();
    await sam.says('Order 2');
    const room = await anna.isAsked();
    const told = ({ content }: { readonly content: Readonly<Record<string, unknown>> }): boolean =>
      String(content['body']).startsWith('You are away: 2 offers in a row ran out.');
    await anna.sees(await anna.atDesk(), told, 'that she is away');
    await isNow(ben, 'available');
    await ben.accepts(room);
    await ben.says(room, 'Sorry for the wait');
    await sam.gets('Sorry for the wait');
    expect((await invited(room)).map(({ who }) => who)).toEqual(['anna', 'anna', 'ben']);
    await closes(ben, room, sam);
  });

  test('Anna goes offline in a session: Ben has it soon, with the time waited, and again when the customer comes back', async () => {
    await atWork(anna);
    const waited = (agent: Agent, room: string): number =>
      Number(/waiting (\d+) s/.exec(agent.reasonFor(room))?.[1]);
    const sam = newCustomer();
    await sam.says('Order 3');
    const room = await anna.isAsked();
    const before = waited(anna, room);
    expect(before).toBeGreaterThanOrEqual(3);
    await anna.joins(room);
    await anna.says(room, 'One moment');
    await sam.gets('One moment');
    await isNow(ben, 'available');
    await isNow(anna, 'offline');
    await ben.isAsked(room);
    expect(waited(ben, room)).toBeGreaterThanOrEqual(before);
    await ben.joins(room);
    await anna.isIn(room, 'leave');
    await ben.says(room, 'I go on');
    await sam.gets('I go on');
    await closes(ben, room, sam);

    await isNow(anna, 'available');
    await sam.says('Order once more');
    await ben.accepts(room);
    expect(anna.isBeingAsked()).toBe(false);
    const why = await ben.says(room, '!why');
    await ben.isTold(room, why, /talked to this customer last/);
    await ben.says(room, '!close');
    await ben.isIn(room, 'leave');
  });

  test('Cleo takes a session on her telephone, goes on at her desk, and is Cleo to the customer', async () => {
    await atWork(cleo);
    const sam = newCustomer();
    await sam.says('Good morning');
    const room = await telephone.accepts();
    await telephone.says(room, 'On my way to the desk');
    await sam.gets('On my way to the desk');
    await cleo.accepts(room);
    await cleo.says(room, 'Here I am');
    await sam.gets('Here I am');
    const status = await telephone.says(room, '!status');
    await telephone.isTold(room, status, /Session open for .* with Cleo\./);
    const desk = await telephone.atDesk();
    const said = await telephone.says(desk, '!status');
    await telephone.isTold(desk, said, /You are available[^]*: 1 sessions, 0 offered/);
    await telephone.client.leave(room);
    await telephone.isIn(room, 'leave');
    await cleo.says(room, 'Still with you');
    await sam.gets('Still with you');
    expect((await invited(room)).map(({ who }) => who).sort()).toEqual(['cleo', 'telephone']);
    await closes(cleo, room, sam);
  });

  test('Cleo handles text only: a picture takes the offer from her, and Anna sees it', async () => {
    await atWork(cleo);
    const sam = newCustomer();
    await sam.says('It came broken');
    const room = await cleo.isAsked();
    await sam.says('Look', { media: [{ bytes: png, mimeType: 'image/png' }] });
    await cleo.isIn(room, 'leave');
    await isNow(anna, 'available');
    await anna.accepts(room);
    await anna.sees(room, ({ content }) => content['msgtype'] === 'm.image', 'a picture');
    await anna.says(room, 'I see');
    await sam.gets('I see');
    expect(cleo.isBeingAsked() || telephone.isBeingAsked()).toBe(false);
    await closes(anna, room, sam);
  });

  test('a picture in her session: Cleo keeps it, is told, and passes it on by leaving', async () => {
    await atWork(cleo);
    const sam = newCustomer();
    await sam.says('One more question');
    const room = await cleo.accepts();
    await sam.says('', { media: [{ bytes: png, mimeType: 'image/png' }] });
    await cleo.sees(
      room,
      ({ content }) =>
        content['body'] ===
        'The customer sent image, which is outside of Cleo’s media. Leave the room to pass the session on: it goes back to its queue.',
      'that it is outside of her media',
    );
    await cleo.says(room, 'Somebody else will look at it');
    await sam.gets('Somebody else will look at it');
    await isNow(anna, 'available');
    await cleo.client.leave(room);
    await anna.accepts(room);
    await anna.says(room, 'I see it');
    await sam.gets('I see it');
    await closes(anna, room, sam);
  });
});
