import { afterEach, describe, expect, it } from 'vitest';
import { calendars } from '../sessions/calendars.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

let server: RoutingServer;
afterEach(async () => server.close());

const queue = async (): Promise<Readonly<Record<string, unknown>>> =>
  (await server.get('acme/queues/support')).body;

describe('the estimate of the wait', () => {
  it('is hidden until enough were accepted, then measured against what came', async () => {
    server = await openRoutingServer({ agents: ['anna'], capacity: 1 });
    const { world } = server;
    const serve = async (name: string): Promise<void> => {
      await world.anna(world.customer(name).conversation).joins();
    };
    const close = async (name: string): Promise<void> => {
      await world.anna(world.customer(name).conversation).says('!close');
    };
    // One every minute: five acceptances.
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      expect(await queue()).not.toHaveProperty('estimatedWaitTime');
      await world.customer(name).says('Hello');
      await serve(name);
      world.clock.advance(60_000);
      if (name !== 'e') await close(name);
    }
    // Four minutes lie between the first acceptance and the last, and one more has passed: 75 seconds each.
    expect(await queue()).toMatchObject({ estimatedWaitTime: 75 });
    await world.customer('f').says('Hello');
    expect(await queue()).toMatchObject({ estimatedWaitTime: 150 });
    // The next look at the places estimates what f still waits.
    await world.pass(15_000, () => undefined);
    await expect
      .poll(async () => (await server.get('acme/queues/support/statistics')).body['waitEstimate'])
      .toEqual({ count: 0, hidden: 0 });
    await expect.poll(async () => world.hasEstimate()).toBe(true);
    world.clock.advance(60_000);
    await close('e');
    await serve('f');
    // 315 seconds for four acceptances: 78.75 were said; 60 it was.
    expect((await server.get('acme/queues/support/statistics')).body['waitEstimate']).toEqual({
      count: 1,
      hidden: 0,
      meanAbsoluteError: 18.75,
      meanError: 18.75,
      meanWait: 60,
    });
    await world.desk('anna').says('!offline');
    expect(await queue()).not.toHaveProperty('estimatedWaitTime');
  });

  it('is hidden out of the queue’s hours, and told to nobody who waits', async () => {
    server = await openRoutingServer({ agents: ['anna'], calendars, queue: { calendar: 'office' } });
    const { world } = server;
    // Until four minutes to five, when it closes.
    world.clock.advance(3 * 3_600_000 + 51 * 60_000);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await world.customer(name).says('Hello');
      await world.anna(world.customer(name).conversation).joins();
      await world.anna(world.customer(name).conversation).says('!close');
      world.clock.advance(60_000);
    }
    expect(await queue()).toMatchObject({ estimatedWaitTime: 75 });
    world.clock.advance(4 * 60_000);
    await world.customer('f').says('Hello');
    expect(await queue()).not.toHaveProperty('estimatedWaitTime');
    await world.pass(15_000, () => undefined);
    expect(await world.hasEstimate()).toBe(false);
  });
});
