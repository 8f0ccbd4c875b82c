import { afterEach, describe, expect, it } from 'vitest';
import { as, type AgentId } from '../../../src/platform/ids.ts';
import { calendars } from '../calendars.ts';
import { acme, bolt, openWorld, type World } from '../world.ts';
import { toldEvents } from './told-events.ts';

let world: World;
afterEach(async () => world.close());

const told = async (tenant = acme) => toldEvents(world, [], tenant);
const types = async (): Promise<string[]> => (await told()).map(({ type }) => type);

describe('what happens in a conversation', () => {
  it('is told from the first word to the last, in ids and never in words', async () => {
    world = await openWorld({ recordsEvents: true, agents: ['anna'] });
    const cora = world.customer('cora');
    await cora.says('a secret word');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await anna.says('another secret word');
    await anna.says('!close');
    const events = await told();
    expect(events.map(({ type }) => type)).toEqual([
      'session.opened',
      'message.received',
      'session.queued',
      'session.offered',
      'session.accepted',
      'message.sent',
      'session.closed',
    ]);
    expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(events.map(({ conversation }) => conversation))).toEqual(new Set([cora.conversation]));
    expect(new Set(events.map(({ session }) => session)).size).toBe(1);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(events[3]?.data).toMatchObject({ agent: 'anna', queue: 'support', offer: 1 });
    expect(events[6]?.data).toMatchObject({ by: 'Anna' });
    expect(JSON.stringify(events)).not.toMatch(/secret word/);
    expect(await told(bolt)).toEqual([]);
  });

  it('is told of declined offers, of agents who leave, and of the queue that it goes back to', async () => {
    world = await openWorld({ recordsEvents: true });
    const cora = world.customer('cora');
    await cora.says('Hello');
    const first = world.room().findLast((line) => line.startsWith('invite'));
    const [asked, other] =
      first === 'invite @anna:example.org'
        ? [world.anna(cora.conversation), world.ben(cora.conversation)]
        : [world.ben(cora.conversation), world.anna(cora.conversation)];
    await asked.declines();
    await other.joins();
    await other.leaves();
    expect(await types()).toEqual([
      'session.opened',
      'message.received',
      'session.queued',
      'session.offered',
      'session.offered',
      'session.accepted',
      'session.transferred',
      'session.queued',
      'session.left',
      ...(await types()).slice(9),
    ]);
  });

  it('is told of messages that fail, and of receipts', async () => {
    world = await openWorld({ recordsEvents: true });
    const cora = world.customer('cora');
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await world.ben(cora.conversation).joins();
    const agent = (await types()).includes('session.accepted') ? anna : world.ben(cora.conversation);
    world.networkFails('permanent', 'a reason with the number +15550001');
    await agent.says('This fails');
    await agent.says('This arrives');
    const native = `n-${world.network.lastDelivery}`;
    await cora.tells({ kind: 'receipt', target: native, status: 'delivered' });
    await cora.tells({ kind: 'receipt', target: native, status: 'read' });
    const about = (await told()).filter(({ type }) => type.startsWith('message.'));
    expect(about.map(({ type }) => type)).toEqual([
      'message.received',
      'message.failed',
      'message.sent',
      'message.delivered',
      'message.read',
    ]);
    const [, failed, sent, delivered, read] = about;
    expect(failed?.data).toMatchObject({ outcome: 'failed', failure: 'permanent' });
    expect(sent?.data['message']).not.toBe(failed?.data['message']);
    expect([delivered?.data['message'], read?.data['message']]).toEqual([
      sent?.data['message'],
      sent?.data['message'],
    ]);
    expect(JSON.stringify(about)).not.toContain('+1555');
  });

  it('is told of agents, and by whom', async () => {
    world = await openWorld({ recordsEvents: true });
    await world.desk('anna').says('!break');
    expect(await told()).toMatchObject([
      { type: 'agent.availability', data: { agent: 'anna', availability: 'break', by: 'agent' } },
    ]);
  });

  it('is told of agents who miss offers until they are away, and of those whose hours begin and end', async () => {
    world = await openWorld({
      recordsEvents: true,
      availability: { initial: 'offline', awayAfterMissed: 1 },
      calendars,
      schedules: { ben: 'office' },
      policy: { members: [as<AgentId>('anna')] },
    });
    const ofAgents = async () => (await told()).filter(({ type }) => type === 'agent.availability');
    await world.desk('anna').says('!available');
    await world.customer('cora').says('Hello');
    await world.pass(60_000, () => expect(world.room().join('\n')).toContain('You are away'));
    await world.beginShifts();
    await world.pass(4 * 3_600_000, () => expect(world.room().join('\n')).toContain('Your hours are over'));
    const events = await ofAgents();
    expect(events.map(({ data }) => data)).toEqual([
      { agent: 'anna', availability: 'available', by: 'agent' },
      { agent: 'anna', availability: 'away', by: 'missed offers' },
      { agent: 'ben', availability: 'available', by: 'schedule' },
      { agent: 'ben', availability: 'offline', by: 'schedule' },
    ]);
    expect(new Set(events.map(({ conversation }) => conversation))).toEqual(new Set([undefined]));
  });

  it('is written nowhere while nobody wants to know', async () => {
    world = await openWorld({});
    await world.customer('cora').says('Hello');
    await world.desk('anna').says('!break');
    expect(await told()).toEqual([]);
  });
});
