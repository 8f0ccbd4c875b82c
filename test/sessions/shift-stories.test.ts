import { afterEach, describe, expect, it } from 'vitest';
import { agentWork } from '../../src/directory/agent-work.ts';
import { as } from '../../src/platform/ids.ts';
import { deskOf } from '../../src/sessions/desk/desk.ts';
import { calendars, office } from './calendars.ts';
import { acme, openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
async function open(options: WorldOptions = {}): Promise<World> {
  world = await openWorld({ calendars, agents: ['anna'], schedules: { anna: 'office' }, ...options });
  return world;
}
afterEach(async () => world.close());

const hour = 3_600_000;
const availability = async () => (await world.store.get(acme, agentWork, 'anna'))?.value.availability;
/** Bolt's agent has the same schedule, and a desk of his own. */
const told = (): string[] => world.room(deskOf(as('anna'))).filter((line) => line.includes('Your hours'));

describe('an agent with a schedule', () => {
  it('is available when the hours begin and offline when they end', async () => {
    await open({ availability: { initial: 'offline' } });
    await world.beginShifts();
    expect(await availability()).toBe('available');
    await world.pass(4 * hour, () => {
      expect(told()).toEqual([expect.stringContaining('begin'), expect.stringContaining('are over')]);
    });
    expect(await availability()).toBe('offline');
    await world.pass(16 * hour, () => {
      expect(told()).toHaveLength(3);
    });
    expect(await availability()).toBe('available');
  });

  it('who said to be offline within the hours stays so until the next ones begin', async () => {
    await open();
    await world.beginShifts();
    world.clock.advance(hour);
    await world.desk('anna').says('!offline');
    await world.beginShifts();
    world.clock.advance(hour);
    await world.delivery.idle();
    expect(await availability()).toBe('offline');
    const before = told().length;
    await world.pass(3 * hour, () => {
      expect(told()).toHaveLength(before + 1);
    });
    await world.pass(16 * hour, () => {
      expect(told()).toHaveLength(before + 2);
    });
    expect(await availability()).toBe('available');
  });

  it('is what they are to be though nobody looked when the hours began', async () => {
    await open({ schedules: { anna: office({ id: 'agent anna' }) } });
    await world.beginShifts();
    await world.delivery.stop(100);
    expect(await availability()).toBe('available');
  });

  it('who said something before there was a schedule is left alone', async () => {
    await open({ schedules: {} });
    await world.desk('anna').says('!break');
    world.reconfigure({ agents: ['anna'], calendars, schedules: { anna: 'office' } });
    await world.beginShifts();
    expect(await availability()).toBe('break');
  });
});
