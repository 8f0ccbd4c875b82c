import { afterEach, describe, expect, it } from 'vitest';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { calendars, office } from './calendars.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
async function open(options: WorldOptions = {}): Promise<World> {
  world = await openWorld({ calendars, queue: { calendar: 'office' }, ...options });
  return world;
}
afterEach(async () => world.close());

const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));
/** Whatever its timers say: what an agent says of themselves makes routing look now. */
const routes = async (): Promise<void> => {
  await world.desk('ben').says('!available');
};
const minute = 60_000;
const hour = 3_600_000;
const closedNow = 'Nobody is here. We answer from {opensAt} on.';

describe('out of hours', () => {
  it('the customer is told once when somebody is there again, the session waits, and offers begin at the opening', async () => {
    await open({ texts: { closedNow, allBusy: 'All are busy.' } });
    world.clock.advance(5 * hour);
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('Hello?');
    expect(cora.saw()).toEqual(['Acme: Nobody is here. We answer from Friday 09:00 on.']);
    expect(invitations()).toEqual([]);
    await world.pass(15 * hour - 1000, () => undefined);
    expect(invitations()).toEqual([]);
    await world.pass(1000, () => {
      expect(invitations()).toEqual(['invite @anna:example.org']);
    });
    expect(cora.saw()).toHaveLength(1);
  });

  it('whoever waits when it closes is told then', async () => {
    await open({ agents: ['anna'], capacity: 1, texts: { closedNow } });
    await world.desk('anna').says('!break');
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual([]);
    world.clock.advance(4 * hour);
    await world.delivery.idle();
    await world.pass(1000, () => {
      expect(cora.saw()).toHaveLength(1);
    });
  });

  it('is told in the customer’s language', async () => {
    await open({ texts: { closedNow } });
    world.clock.advance(5 * hour);
    const cora = world.customer();
    await cora.tells({ kind: 'profile', profile: { details: { language: 'de-CH' } } });
    await cora.says('Grüezi');
    expect(cora.saw()).toEqual(['Acme: Nobody is here. We answer from Freitag, 09:00 on.']);
  });

  it('an agent who works all the same can take a session', async () => {
    await open();
    world.clock.advance(5 * hour);
    await world.customer().says('Hello');
    await world.desk('ben').says('!pull');
    expect(invitations()).toEqual(['invite @ben:example.org']);
  });

  it('does not count for rings: they widen by open time', async () => {
    const rings = [{ afterMs: 10 * minute, agents: [as<AgentId>('ben')], dropSkills: [] }];
    await open({ policy: { members: [as<AgentId>('anna')], rings } });
    await world.desk('anna').says('!break');
    world.clock.advance(4 * hour - 4 * minute);
    await world.customer().says('Hello');
    // Four minutes of the evening, and six of the morning.
    world.clock.advance(4 * minute + 16 * hour + 6 * minute - 1000);
    await routes();
    expect(invitations()).toEqual([]);
    await world.pass(1000, () => {
      expect(invitations()).toEqual(['invite @ben:example.org']);
    });
  });

  it('does not count for a rule’s way into another queue either', async () => {
    await open({
      moreQueues: { sales: { name: 'Sales' } },
      rules: [{ name: 'All', overflow: [{ queue: 'sales', afterSeconds: 600 }] }],
      policy: { members: [] },
    });
    world.clock.advance(5 * hour);
    const cora = world.customer();
    await cora.says('Hello');
    const moved = (): boolean => world.room(cora.conversation).join().includes('Goes to the queue Sales');
    world.clock.advance(15 * hour + 10 * minute - 1000);
    await routes();
    expect(moved()).toBe(false);
    await world.pass(1000, () => {
      expect(moved()).toBe(true);
    });
  });

  it('on a holiday nobody is asked', async () => {
    const holidays = { days: ['2026-01-15'], spans: [] };
    await open({ calendars: new Map([['office', office({ holidays })]]), texts: { closedNow } });
    const cora = world.customer();
    await cora.says('Hello');
    expect(invitations()).toEqual([]);
    expect(cora.saw()).toEqual(['Acme: Nobody is here. We answer from Friday 09:00 on.']);
  });
});
