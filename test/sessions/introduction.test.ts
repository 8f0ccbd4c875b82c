import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAppserviceEndpoint } from '../../src/matrix/appservice/appservice-endpoint.ts';
import type { HomeserverSettings, ProbeFinding } from '../../src/matrix/matrix-side.ts';
import { pingThrough } from '../../src/matrix/ping.ts';
import { probeHomeserver } from '../../src/matrix/probe.ts';
import { generateRegistration } from '../../src/matrix/registration.ts';
import { createHomeserverClient } from '../../src/matrix/transport/create-homeserver-client.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as, type HomeserverId } from '../../src/platform/ids.ts';
import { createIntroduction } from '../../src/sessions/introduction.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { capturedLogger } from '../fixtures/captured-logger.ts';
import { manualClock } from '../fixtures/manual-clock.ts';
import { eventOf } from '../matrix/appservice/fixture.ts';
import { startStandIn } from '../peers/homeserver/stand-in-homeserver.ts';

const pingPath = '/appservice/switchboard/ping';

/** A homeserver that comes back by itself only after hours, our endpoint, and a store that may be away. */
async function openWorld() {
  const registration = generateRegistration({
    ...{ id: 'switchboard', url: 'http://127.0.0.1:1', prefix: '_sb_', domain: 'stand-in.test' },
  });
  const settings: HomeserverSettings = {
    ...{ id: as<HomeserverId>('main'), url: '', domain: 'stand-in.test' },
    registration: {
      ...{ id: registration.id, asToken: registration.as_token, hsToken: registration.hs_token },
      ...{ senderLocalpart: registration.sender_localpart, prefix: '_sb_', url: 'http://sb.test' },
    },
  };
  const store = { away: false, asked: 0 };
  /** Whether we notice that something was refused. */
  const noticing = { on: true };
  const taken: string[] = [];
  const logger = capturedLogger();
  const clock = manualClock();
  const endpoint = createAppserviceEndpoint(
    [
      {
        settings,
        async onTransaction(events) {
          if (store.away) {
            if (noticing.on) introduction.refused();
            throw new StoreUnavailable('away');
          }
          taken.push(...events.map(({ content }) => String(content['body'])));
          return Promise.resolve();
        },
      },
    ],
    { clock: systemClock, logger },
  );
  const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
  const homeserver = await startStandIn({
    registrations: [{ ...registration, url: `http://127.0.0.1:${port}` }],
    secondMs: 3_600_000,
  });
  const client = createHomeserverClient({
    ...{ url: homeserver.url, asToken: registration.as_token, clock: systemClock, random: () => 0 },
  });
  const introduction = createIntroduction({
    ...{ homeserver: settings.id, clock, logger },
    probe: async () => probeHomeserver(client, settings),
    ping: async () => pingThrough(client, settings),
    async canTake() {
      store.asked += 1;
      if (store.away) throw new StoreUnavailable('away');
      return Promise.resolve();
    },
  });
  onTestFinished(async () => {
    introduction.stop();
    await client.close();
    await homeserver.stop();
    await endpoint.stop(100);
  });
  const write = (text: string): void => homeserver.push.push(eventOf(text));
  const pings = (): number => homeserver.requests.get('POST appservice/switchboard/ping') ?? 0;
  return { homeserver, introduction, clock, logger, store, noticing, taken, write, pings };
}

/** Until it has nothing under way but its timer, and that it has. */
async function settled(clock: { readonly pending: number }): Promise<void> {
  await vi.waitFor(() => expect(clock.pending).toBeGreaterThan(0), { interval: 5 });
}

test('what was refused while the store was away comes as soon as it is back, not when the homeserver comes by itself', async () => {
  const { homeserver, introduction, clock, store, taken, write, pings } = await openWorld();
  await introduction.begin();
  const pingsBefore = pings();
  store.away = true;
  write('one');
  await vi.waitFor(() => expect(homeserver.push.isDown).toBe(true));
  write('two');
  for (let second = 1; second <= 30; second += 1) {
    clock.advance(1000);
    await vi.waitFor(() => expect(store.asked).toBe(second));
    await settled(clock);
  }
  expect(pings()).toBe(pingsBefore);
  store.away = false;
  clock.advance(1000);
  await vi.waitFor(() => expect(taken).toEqual(['one', 'two']));
});

test('what is refused again while it is being called back is called back again', async () => {
  const { homeserver, introduction, clock, store, taken, write } = await openWorld();
  await introduction.begin();
  store.away = true;
  write('one');
  await vi.waitFor(() => expect(homeserver.push.isDown).toBe(true));
  const refusedBefore = homeserver.push.refused;
  store.away = false;
  homeserver.faults.add({
    fault: { kind: 'reset' },
    // Away again when the homeserver has been asked to come.
    when: ({ path }) => {
      if (path.endsWith(pingPath) && homeserver.push.refused === refusedBefore) store.away = true;
      return false;
    },
  });
  clock.advance(1000);
  await vi.waitFor(() => expect(homeserver.push.refused).toBeGreaterThan(refusedBefore));
  await settled(clock);
  store.away = false;
  clock.advance(1000);
  await vi.waitFor(() => expect(taken).toContain('one'));
});

test('what got lost on the way to us, of which we know nothing, is kept for a minute at most', async () => {
  const { homeserver, introduction, clock, store, noticing, taken, write } = await openWorld();
  await introduction.begin();
  store.away = true;
  noticing.on = false;
  write('one');
  await vi.waitFor(() => expect(homeserver.push.isDown).toBe(true));
  store.away = false;
  clock.advance(59_999);
  await nextTurn();
  expect(store.asked).toBe(0);
  clock.advance(1);
  await vi.waitFor(() => expect(taken).toContain('one'));
});

test.each([
  ['no answer to one ping', { kind: 'answerLost' } as const],
  ['a balancer that leaves us out for a moment', { kind: 'status', status: 502 } as const],
])('%s: asked again after 1, 2, 4 seconds, and every 10 s in the end', async (_, fault) => {
  const { homeserver, introduction, clock, logger, pings } = await openWorld();
  let tries = 0;
  homeserver.faults.add({
    fault,
    when: ({ path }) => path.endsWith(pingPath) && (tries += 1) <= 6,
  });
  await introduction.begin();
  expect(introduction.isReachable()).toBe(false);
  for (const [nth, waitMs] of [1000, 2000, 4000, 8000, 10_000, 10_000].entries()) {
    await settled(clock);
    clock.advance(waitMs - 1);
    await nextTurn();
    expect(tries).toBe(nth + 1);
    clock.advance(1);
    await vi.waitFor(() => expect(tries).toBe(nth + 2));
  }
  await vi.waitFor(() => expect(introduction.isReachable()).toBe(true));
  expect(pings()).toBeGreaterThan(0);
  expect(logger.lines.filter((line) => line.startsWith('error'))).toHaveLength(6);
});

test('a homeserver that says nothing holds up no start', async () => {
  const { homeserver, introduction, clock } = await openWorld();
  homeserver.faults.add({ fault: { kind: 'silence' } });
  let begun = false;
  void introduction.begin().then(() => (begun = true));
  clock.advance(4999);
  await nextTurn();
  expect(begun).toBe(false);
  clock.advance(1);
  await vi.waitFor(() => expect(begun).toBe(true));
  expect(introduction.isReachable()).toBe(false);
});

/** Without a homeserver: what it says is the test's. */
function openScript(script: {
  readonly probe?: () => Promise<readonly ProbeFinding[]>;
  readonly ping?: () => Promise<unknown>;
}) {
  const clock = manualClock();
  const logger = capturedLogger();
  const introduction = createIntroduction({
    ...{ homeserver: as<HomeserverId>('main'), clock, logger },
    probe: async () => Promise.resolve([]),
    ping: async () => Promise.resolve(),
    canTake: async () => Promise.resolve(),
    ...script,
  });
  onTestFinished(() => introduction.stop());
  return { clock, logger, introduction };
}

test('what is refused before the ping is answered is called back a second later', async () => {
  const ended: (() => void)[] = [];
  const { clock, introduction } = openScript({
    ping: async () => new Promise<void>((resolve) => ended.push(resolve)),
  });
  await introduction.begin();
  introduction.refused();
  clock.advance(1000);
  await vi.waitFor(() => expect(ended).toHaveLength(1));
  introduction.refused();
  ended[0]?.();
  await settled(clock);
  clock.advance(1000);
  await vi.waitFor(() => expect(ended).toHaveLength(2));
});

test('a homeserver that does not reach us any more is told of, and asked until it does', async () => {
  let reaches = false;
  const { clock, logger, introduction } = openScript({
    probe: async () =>
      Promise.resolve(
        reaches || clock.now() === began ? [] : [{ check: 'ping', ok: false, detail: 'cannot reach us' }],
      ),
    ping: async () => Promise.reject(new Error('cannot reach us')),
  });
  const began = clock.now();
  await introduction.begin();
  expect(introduction.isReachable()).toBe(true);
  clock.advance(60_000);
  await vi.waitFor(() => expect(introduction.isReachable()).toBe(false));
  expect(logger.lines.join('\n')).toContain('cannot reach us');
  reaches = true;
  clock.advance(1000);
  await vi.waitFor(() => expect(introduction.isReachable()).toBe(true));
});

test('a store that fails while the homeserver is asked ends nothing: it is asked again', async () => {
  let asked = 0;
  const { clock, introduction } = openScript({
    async probe() {
      asked += 1;
      if (asked === 1) throw new StoreUnavailable('away');
      return Promise.resolve([]);
    },
  });
  await introduction.begin();
  expect(introduction.isReachable()).toBe(false);
  clock.advance(1000);
  await vi.waitFor(() => expect(introduction.isReachable()).toBe(true));
  introduction.stop();
  expect(clock.pending).toBe(0);
});
