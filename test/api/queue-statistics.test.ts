import { afterEach, describe, expect, it } from 'vitest';
import { offerRecords } from '../../src/queues/offer-record.ts';
import { declaredDialog } from '../fixtures/declared-dialog.ts';
import { acme, type WorldOptions } from '../sessions/world.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

const asking = declaredDialog(`
  languages: [en]
  steps:
    - { name: topic, do: ask, text: { en: What is it about? }, answer: { kind: free } }
`);

let server: RoutingServer;
const open = async (options: WorldOptions = {}): Promise<void> => {
  server = await openRoutingServer(options);
};
afterEach(async () => server.close());

const statistics = async (query = '', tenant = 'acme') =>
  server.get(`${tenant}/queues/${tenant === 'bolt' ? 'bolt-support' : 'support'}/statistics${query}`);

/** Cora is taken after 20 s by the second who is asked, Dan gives up after 40 s, Eli waits since 100 s. */
async function aDay(): Promise<void> {
  await open({ capacity: 1, queue: { promisedMs: 30_000 } });
  const { world } = server;
  await world.desk('ben').says('!offline');
  const cora = world.customer('cora');
  await cora.says('Hello');
  await world.anna(cora.conversation).declines();
  world.clock.advance(20_000);
  await world.desk('ben').says('!available');
  await world.ben(cora.conversation).joins();
  const dan = world.customer('dan');
  await dan.says('Hello');
  world.clock.advance(40_000);
  await dan.tells({ kind: 'ended' });
  await world.desk('anna').says('!offline');
  await world.customer('eli').says('Hello');
  world.clock.advance(100_000);
}

describe('statistics of a queue', () => {
  it('tell what came of offers and sessions', async () => {
    await aDay();
    const { status, body } = await statistics('?thresholds=60,20');
    expect(status).toBe(200);
    expect(body).toEqual({
      queue: 'support',
      // Whether the places were looked at in between is the timers' affair.
      waitEstimate: expect.objectContaining({ count: 0 }) as unknown,
      since: '2026-01-14T12:02:40.000Z',
      until: '2026-01-15T12:02:40.000Z',
      offers: { created: 3, pending: 0, accepted: 1, rejected: 1, timeout: 0, cancelled: 1, rescinded: 0 },
      sessions: { entered: 3, accepted: 1, abandoned: 1, waiting: 1 },
      waitUntilAccepted: { avg: 20, min: 20, max: 20 },
      waitUntilAbandoned: { avg: 40, min: 40, max: 40 },
      splitByWaitTime: [
        { seconds: 20, within: { accepted: 1, abandoned: 0 }, beyond: { accepted: 0, abandoned: 1 } },
        { seconds: 60, within: { accepted: 1, abandoned: 1 }, beyond: { accepted: 0, abandoned: 0 } },
      ],
      serviceLevel: { promisedSeconds: 30, kept: 1, of: 3, share: 1 / 3 },
      promises: {
        firstAnswer: { kept: 0, of: 0 },
        nextAnswer: { kept: 0, of: 0 },
        solution: { kept: 0, of: 0 },
      },
    });
  });

  it('count what began within the time only, and nothing of another tenant', async () => {
    await aDay();
    const empty = { entered: 0, accepted: 0, abandoned: 0, waiting: 0 };
    const from = '?since=2026-01-15T12:00:30Z';
    expect((await statistics(from)).body).toMatchObject({ sessions: { ...empty, entered: 1, waiting: 1 } });
    const until = '?until=2026-01-15T12:00:10%2B00:00';
    expect((await statistics(until)).body).toMatchObject({
      offers: { created: 1 },
      sessions: { ...empty, entered: 1, accepted: 1 },
    });
    const other = (await statistics('', 'bolt')).body;
    expect(other).toMatchObject({ offers: { created: 0 }, sessions: empty, serviceLevel: { of: 0 } });
    expect(other.serviceLevel).not.toHaveProperty('share');
  });

  it('count the wait until the first agent, though the session waited again', async () => {
    await open({ agents: ['anna'] });
    const { world } = server;
    const cora = world.customer();
    await cora.says('Hello');
    world.clock.advance(10_000);
    await world.anna(cora.conversation).joins();
    world.clock.advance(10_000);
    await world.anna(cora.conversation).leaves();
    world.clock.advance(50_000);
    await cora.tells({ kind: 'ended' });
    expect((await statistics()).body).toMatchObject({
      sessions: { accepted: 1, abandoned: 0 },
      waitUntilAccepted: { avg: 10, min: 10, max: 10 },
    });
  });

  it('count the wait in queues only, not what was talked with a dialog before, though the session waited again', async () => {
    await open({ agents: ['anna'], services: { asking }, service: 'asking', queue: { promisedMs: 30_000 } });
    const { world } = server;
    const cora = world.customer();
    await cora.says('Hello');
    world.clock.advance(600_000);
    await cora.says('A lamp');
    world.clock.advance(10_000);
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).leaves();
    world.clock.advance(300_000);
    await cora.tells({ kind: 'ended' });
    expect((await statistics('?thresholds=10')).body).toMatchObject({
      waitUntilAccepted: { avg: 10, min: 10, max: 10 },
      splitByWaitTime: [{ seconds: 10, within: { accepted: 1 }, beyond: { accepted: 0 } }],
      serviceLevel: { kept: 1, of: 1 },
    });
  });

  it('count who is back with a service after waiting, and not who was never in the queue', async () => {
    await open({ agents: [], services: { asking }, service: 'asking', queue: { promisedMs: 30_000 } });
    const { world } = server;
    await world.customer('dan').says('Hello');
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('A lamp');
    world.clock.advance(40_000);
    const front = 'acme/queues/support/members/front';
    const instructions = [{ do: 'ask', text: 'Still there?', timeoutMs: 300_000 }];
    expect((await server.post(front, { instructions })).status).toBe(202);
    expect((await statistics()).body).toMatchObject({
      sessions: { entered: 1, accepted: 0, abandoned: 0, waiting: 1 },
      serviceLevel: { kept: 0, of: 1 },
    });
  });

  it.each([
    ['?since=yesterday', 'since'],
    ['?until=2026-01-15', 'until'],
    ['?since=2026-01-16T00:00:00Z&until=2026-01-15T00:00:00Z', 'since'],
    ['?since=2025-01-16T00:00:00Z', 'since'],
    ['?thresholds=1,two', 'thresholds'],
    ['?thresholds=0', 'thresholds'],
    ['?thresholds=1,2,3,4,5,6,7,8,9,10,11', 'thresholds'],
    ['?from=2026-01-16T00:00:00Z', 'query'],
  ])('are refused with the parameter named: %s', async (query, named) => {
    await open();
    const { status, body } = await statistics(query);
    expect(status).toBe(400);
    expect(body.detail).toMatch(new RegExp(`^${named}: expected`));
  });
});

it('offers are forgotten with the ledger', async () => {
  await aDay();
  const { world } = server;
  const kept = async () => world.store.find(acme, offerRecords, { index: 'byAge', equals: [] });
  expect(await kept()).toHaveLength(3);
  await world.pass(31 * 86_400_000, () => undefined);
  await expect.poll(async () => (await kept()).length).toBe(0);
});
