import { afterEach, describe, expect, it } from 'vitest';
import { as } from '../../../src/platform/ids.ts';
import { acme, openWorld, type World, type WorldOptions } from '../world.ts';
import { toldEvents } from './told-events.ts';

let world: World;
afterEach(async () => world.close());

const open = async (options: WorldOptions): Promise<void> => {
  world = await openWorld({ recordsEvents: true, ...options });
};
const transfers = async () => (await toldEvents(world, ['session.transferred'])).map(({ data }) => data);

describe('a session that goes elsewhere is told as transferred', () => {
  it('when its agent leaves: back to the queue', async () => {
    await open({ agents: ['anna'] });
    const cora = world.customer('cora');
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).leaves();
    expect(await transfers()).toEqual([
      { from: { queue: 'support', agent: 'anna' }, to: { queue: 'support' }, by: 'agent left' },
    ]);
    const [, , , , , ...after] = await toldEvents(world);
    expect(after.map(({ type }) => type)).toEqual(['session.transferred', 'session.queued', 'session.left']);
  });

  it('when it overflows into another queue', async () => {
    await open({
      policy: { members: [] },
      moreQueues: { sales: { members: ['ben'] } },
      rules: [{ name: 'All', overflow: [{ queue: 'sales', afterSeconds: 60 }] }],
    });
    await world.customer().says('Hello');
    expect(await transfers()).toEqual([]);
    await world.pass(60_000, () => expect(world.room()).toContain('invite @ben:example.org'));
    expect(await transfers()).toEqual([
      { from: { queue: 'support' }, to: { queue: 'sales' }, by: 'overflow' },
    ]);
  });

  it('when its queue is taken away', async () => {
    const rules = [{ name: 'All', queue: 'sales' }];
    await open({ policy: { members: [] }, moreQueues: { sales: { members: [] } }, rules });
    await world.customer().says('Hello');
    expect(await transfers()).toEqual([]);
    world.reconfigure({ agents: ['anna'] });
    await world.pass(5000, () => expect(world.room()).toContain('invite @anna:example.org'));
    expect(await transfers()).toEqual([
      { from: { queue: 'sales' }, to: { queue: 'support' }, by: 'queue removed' },
    ]);
  });

  it('when instructions say so, at once or after something else', async () => {
    await open({ policy: { members: [] }, moreQueues: { sales: { members: [] }, third: { members: [] } } });
    const cora = world.customer('cora');
    await cora.says('Hello');
    const takeOut = async (from: string, instructions: readonly object[]): Promise<void> => {
      const [opened] = await toldEvents(world, ['session.opened']);
      const session = as<never>(opened?.session ?? '');
      const news = { what: 'dequeue', session, queue: as<never>(from), instructions } as never;
      await world.delivery.accept(acme, [
        { id: as(`out of ${from}`), key: cora.conversation, event: { type: 'queue', news } },
      ]);
      await world.delivery.idle();
    };
    await takeOut('support', [{ do: 'enqueue', queue: 'sales' }]);
    const wait = { do: 'pause', ms: 1000 };
    await takeOut('sales', [wait, { do: 'enqueue', queue: 'third' }]);
    expect(await transfers()).toHaveLength(1);
    world.clock.advance(1000);
    await world.delivery.idle();
    await expect.poll(transfers).toEqual([
      { from: { queue: 'support' }, to: { queue: 'sales' }, by: 'service' },
      { from: { queue: 'sales' }, to: { queue: 'third' }, by: 'service' },
    ]);
  });

  it('but not when its service sends it to its first queue', async () => {
    const ivr = {
      id: 'ivr',
      url: 'https://ivr.example/start',
      method: 'POST' as const,
      format: 'json' as const,
      secrets: [],
      timeoutMs: 2000,
      retries: 0,
      waitFloorMs: 60_000,
    };
    await open({
      policy: { members: [] },
      moreQueues: { sales: { members: [] } },
      applications: [ivr],
      services: { front: { kind: 'application', application: 'ivr' } },
      service: 'front',
      served: { application: () => ({ instructions: [{ do: 'enqueue', queue: as('sales') }] }) },
    });
    await world.customer().says('Hello');
    const [queued] = await toldEvents(world, ['session.queued']);
    expect(queued?.data).toEqual({ queue: 'sales' });
    expect(await transfers()).toEqual([]);
  });

  it('nor when it comes to its first queue, is offered around, or two agents become one', async () => {
    await open({ rules: [{ name: 'All', queue: 'sales' }], moreQueues: { sales: {} } });
    const cora = world.customer('cora');
    await cora.says('Hello');
    const isAnna = world.room().includes('invite @anna:example.org');
    const [asked, other] = isAnna
      ? [world.anna(cora.conversation), world.ben(cora.conversation)]
      : [world.ben(cora.conversation), world.anna(cora.conversation)];
    await asked.declines();
    await other.joins();
    await other.says('!close');
    expect(await transfers()).toEqual([]);
  });
});
