import { afterEach, describe, expect, it, vi } from 'vitest';
import { as, type QueueId } from '../../src/platform/ids.ts';
import { queueEntries, type QueueEntry } from '../../src/queues/queue-entry.ts';
import { put } from '../../src/store/store.ts';
import { passUntil } from './passing-time.ts';
import { acme, openWorld, type World, type WorldOptions } from './world.ts';

/** More sessions wait than one decision looks at, and nobody can take those that came first. */

const many = 9500;
let world: World;
afterEach(async () => world.close());

const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));

async function open(options: WorldOptions): Promise<void> {
  world = await openWorld({ agents: ['anna'], ...options });
  const entry: Omit<QueueEntry, 'rank'> = {
    conversation: as('somebody'),
    queue: as<QueueId>('support'),
    state: 'waiting',
    since: 0,
    enteredAt: 0,
    priority: 0,
    weight: 1,
    network: 'loopback',
    required: { klingon: 5 },
    preferred: {},
    lastAgents: [],
    declined: [],
    told: true,
  };
  for (let from = 0; from < many; from += 500)
    await world.store.commit(
      acme,
      Array.from({ length: 500 }, (_, at) =>
        put(queueEntries, `earlier-${String(from + at)}`, { ...entry, rank: from + at }, 'absent'),
      ),
    );
}

describe('behind thousands whom nobody can serve', () => {
  it('a session is found in the next moments, whoever is idle takes it', async () => {
    await open({});
    await world.desk('anna').says('!offline');
    await world.customer().says('Hello');
    await world.desk('anna').says('!available');
    await passUntil(world, { ms: 4000, stepMs: 20 }, () =>
      expect(invitations()).toEqual(['invite @anna:example.org']),
    );
  });

  it('one that is first is taken at once, whatever is looked at behind', async () => {
    await open({});
    await world.desk('anna').says('!offline');
    await world.desk('anna').says('!available');
    const [first] = await world.store.find(acme, queueEntries, { index: 'byState', equals: ['waiting'] });
    if (first === undefined) throw new Error('nobody waits');
    const served = { ...first.value, required: {} };
    await world.store.commit(acme, [put(queueEntries, first.id, served, first.version)]);
    // The session itself is none: the news of the offer finds nobody.
    const isBack = world.desk('anna').says('!available');
    await vi.waitFor(async () => {
      const offered = await world.store.get(acme, queueEntries, first.id);
      expect(offered?.value).toMatchObject({ state: 'offered', agent: 'anna' });
      world.clock.advance(1000);
      expect((await world.delivery.quarantine.list(acme)).found).toHaveLength(1);
    });
    await isBack;
  });

  it('a session is pulled at once', async () => {
    await open({ moreQueues: { sales: { members: ['anna'] } }, rules: [{ name: 'Sales', queue: 'sales' }] });
    await world.desk('anna').says('!offline');
    await world.customer().says('Hello');
    await world.desk('anna').says('!pull sales');
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });
});
