import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliveries } from '../../src/delivery/collections.ts';
import { lineLeg } from '../../src/delivery/message-links.ts';
import { as } from '../../src/platform/ids.ts';
import { acme, openWorld, type World } from './world.ts';

let world: World;
let cora: ReturnType<World['customer']>;
let anna: ReturnType<World['anna']>;

/** The clock stands at 12:00:00 UTC until a test moves it. */
beforeEach(async () => {
  world = await openWorld({ texts: { agentJoined: 'You talk to {agent}.' } });
  cora = world.customer();
  await cora.says('Hello');
  anna = world.anna(cora.conversation);
  await anna.joins();
});
afterEach(async () => world.close());

/** What the agent is answered. */
async function answer(asked: Promise<unknown>): Promise<string> {
  await asked;
  const last = world.room(cora.conversation).at(-1) ?? '';
  expect(last).toMatch(/^notice: /);
  return last.slice('notice: '.length);
}

/** The native id of the newest message to the customer. */
async function lastNative(): Promise<string> {
  const [last] = await world.store.find(acme, deliveries, {
    index: 'byKey',
    equals: [lineLeg(cora.conversation), false],
    descending: true,
    limit: 1,
  });
  return last?.value.nativeId ?? '';
}

async function oneAttempt(): Promise<void> {
  await vi.waitFor(async () => {
    const waiting = await world.store.find(acme, deliveries, { index: 'byQueued', equals: [true] });
    expect(waiting.map(({ value }) => value.attempts)).toEqual([1]);
  });
}

async function receipt(status: string, target: string, more: object = {}): Promise<void> {
  await cora.tells({ kind: 'receipt', status, target, ...more });
}

describe('!why tells what became of a message', () => {
  it('of the customer’s: when it came and when it was shown', async () => {
    expect(await answer(anna.replies(world.eventOf('contact: Hello'), '!why'))).toBe(
      'Shown here 12:00:00.\nAccepted from the customer by Loopback 12:00:00; shown here 12:00:00. Times are UTC.',
    );
  });

  it('of the agent’s own: each attempt, delivered, read', async () => {
    world.networkFails('retry', 'the network answered 503');
    const saying = anna.says('Hi');
    await oneAttempt();
    world.clock.advance(2000);
    const sent = await saying;
    expect(cora.saw().at(-1)).toBe('Anna: Hi');
    const native = await lastNative();
    world.clock.advance(3000);
    await receipt('delivered', native);
    world.clock.advance(60_000);
    await receipt('read', native);
    const said = await answer(anna.replies(sent, '!why'));
    expect(said).toMatch(/^The customer read this 12:01:05\.\n/);
    expect(said).toMatch(
      /Sent by you 12:00:00; attempt 1 failed 12:00:00: the network answered 503; accepted by Loopback 12:00:0[0-2] at attempt 2; delivered 12:00:05; read 12:01:05\. Times are UTC\.$/,
    );
    expect(cora.saw().filter((line) => line.includes('why'))).toEqual([]);
  });

  it('that is still on its way: why, and when it is tried again', async () => {
    world.networkFails('retry', 'the network answered 503');
    const saying = anna.says('Hi');
    await oneAttempt();
    const asking = anna.says('!why');
    await vi.waitFor(() => {
      expect(world.room().at(-1)).toMatch(
        /^notice: Still on its way to the customer: the network answered 503\. Next attempt 12:00:0[01]\.\nSent by you/,
      );
    });
    world.clock.advance(60_000);
    await Promise.all([saying, asking]);
  });

  it('that failed: why; and after !retry both tries', async () => {
    world.networkFails('permanent', 'the number is not in service');
    const lost = await anna.says('Hi');
    expect(await answer(anna.replies(lost, '!why'))).toBe(
      'Not delivered: the number is not in service.\n' +
        'Sent by you 12:00:00; attempt 1 failed 12:00:00: the number is not in service; given up 12:00:00. Times are UTC.',
    );
    world.clock.advance(10_000);
    await anna.replies(lost, '!retry');
    const said = await answer(anna.replies(lost, '!why'));
    expect(said).toContain('Loopback took this 12:00:10, and has not said that it reached the customer.');
    expect(said).toContain('given up 12:00:00; sent again 12:00:10; accepted by Loopback 12:00:10');
  });

  it('that failed by the network’s own word after it was taken', async () => {
    const sent = await anna.says('Hi');
    world.clock.advance(1000);
    await receipt('failed', await lastNative(), { reason: 'carrier violation' });
    const said = await answer(anna.replies(sent, '!why'));
    expect(said).toContain('Not delivered: carrier violation.');
    expect(said).toContain('accepted by Loopback 12:00:00; reported as failed 12:00:01: carrier violation');
  });

  it.each([
    ['not-connected', async () => world.ben(cora.conversation).says('Me too'), /you only look on/],
    [
      'not-an-agent',
      async () => world.eve(cora.conversation).says('Psst'),
      /not one of this tenant’s agents/,
    ],
    ['a command', async () => anna.says('!status'), /^Not for the customer: this is a command\./],
    ['a note', async () => anna.says('!note internal'), /^Not for the customer: this is a note\./],
    [
      'undecryptable',
      async () => anna.hand({ type: 'm.room.encrypted', content: {} }),
      /the message is encrypted/,
    ],
  ])('that the customer never got: %s', async (_case, say, why) => {
    const event = await say();
    const said = await answer(anna.replies(event, '!why'));
    expect(said).toMatch(why);
    expect(said).toMatch(/\nSent by (you|Ben|@eve:example\.org) 12:00:00\. Times are UTC\.$/);
    expect(said).not.toContain('internal');
  });

  it('that the customer never got because they had opted out', async () => {
    await cora.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    const kept = await anna.says('Hi');
    expect(await answer(anna.replies(kept, '!why'))).toMatch(
      /^Not sent to the customer: they have opted out/,
    );
  });

  it('that the room refused, and what the homeserver has not taken yet', async () => {
    world.roomRefuses('the event is too large');
    await cora.says('Long');
    expect(await answer(anna.says('!why'))).toMatch(/^Could not be shown here: the event is too large\./);
  });

  it('that could not be handled and waits for an operator', async () => {
    world.reconfigure({ network: 'unknown to this version' });
    const saying = anna.says('Hi');
    await vi.waitFor(async () => {
      world.clock.advance(1000);
      expect((await world.delivery.quarantine.list(acme)).found).toHaveLength(1);
    });
    const event = await saying;
    world.reconfigure({});
    expect(await answer(anna.replies(event, '!why'))).toMatch(
      /^Not sent to the customer\. Handling it failed; it waits for an operator\.\nSent by you 12:00:0\d\./,
    );
  });

  it('with the day, where it was another day', async () => {
    const sent = await anna.says('Hi');
    world.clock.advance(86_400_000);
    expect(await answer(anna.replies(sent, '!why'))).toMatch(/^Loopback took this 2026-01-15 12:00:00,/);
  });
});

describe('which message', () => {
  it('without a reply: the last one of a person, whoever it was, not what Switchboard says or commands', async () => {
    expect(await answer(anna.says('!why'))).toContain('Accepted from the customer');
    await anna.says('Hi');
    world.clock.advance(1000);
    await anna.says('!status');
    await anna.says('!note mine');
    expect(await answer(anna.says('!why'))).toContain('Loopback took this');
    world.clock.advance(1000);
    await world.ben(cora.conversation).says('Me too');
    expect(await answer(anna.says('!why'))).toContain('Sent by Ben');
    world.clock.advance(1000);
    await cora.says('Well?');
    expect(await answer(anna.says('!why'))).toContain('Accepted from the customer');
  });

  it('what Switchboard said, when it is replied to', async () => {
    const said = await answer(anna.replies(world.eventOf('bot: You talk to Anna.'), '!why'));
    expect(said).toContain('Loopback took this');
    expect(said).toContain(
      'Said by Switchboard 12:00:00; accepted by Loopback 12:00:00; shown here 12:00:00.',
    );
  });

  it('in a thread: the one at which it begins; as reply to a notice: what the notice is about', async () => {
    world.networkFails('permanent', 'no such number');
    const lost = await anna.says('Hi');
    await cora.says('Still there?');
    expect(await answer(anna.inThread(lost, '!why'))).toContain('no such number');
    expect(
      await answer(
        anna.replies(world.eventOf('notice: Not delivered: no such number. To send it again'), '!why'),
      ),
    ).toContain('no such number');
  });

  it('none that is not this conversation’s', async () => {
    const dora = world.customer('dora');
    await dora.says('Hello');
    const secret = world.eventOf('contact: Hello');
    const kept = await world.eve(dora.conversation).says('Psst');
    for (const event of [secret, kept])
      expect(await answer(anna.replies(event, '!why'))).toMatch(/^Nothing is known of that message/);
  });

  it('none that an operator has set to be forgotten', async () => {
    const sent = await anna.says('Hi');
    const kept = await anna.says('!note internal');
    world.clock.advance(31 * 86_400_000);
    await world.delivery.sweep();
    expect(await answer(anna.replies(sent, '!why'))).toMatch(/is no longer known/);
    expect(await answer(anna.replies(kept, '!why'))).toMatch(/^Nothing is known of that message/);
  });
});

it('is for agents: others are refused, and nobody’s !why reaches the customer', async () => {
  const before = cora.saw();
  const eve = world.eve(cora.conversation);
  expect(await answer(eve.replies(world.eventOf('contact: Hello'), '!why'))).toBe(
    'Commands are for this tenant’s agents.',
  );
  await anna.says('!why');
  await anna.replies(as('$of-nobody'), '!why');
  expect(cora.saw()).toEqual(before);
});
