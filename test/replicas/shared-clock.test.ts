import { expect, onTestFinished, test } from 'vitest';
import { openSequence } from '../../src/delivery/sequence.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { silentLogger, type Logger } from '../../src/platform/log.ts';
import { defaultTimes } from '../../src/replicas/membership.ts';
import { createSharedClock, type SharedClock } from '../../src/replicas/shared-clock.ts';
import { createFaultyStore } from '../delivery/faulty-store.ts';
import { createJumpingClock, type JumpingClock } from '../delivery/jumping-clock.ts';
import { entry, turn } from '../delivery/rig.ts';
import { bellMs, createEngineReplica, createPeers } from './engine-replica.ts';
import { createSignalHub } from './signal-hub.ts';

const hour = 3_600_000;

/** A machine whose clock is wrong by so much; it can be set anew. */
function machine(clock: JumpingClock, wrongByMs: number): Clock & { wrongByMs: number } {
  return {
    wrongByMs,
    now() {
      return clock.now() + this.wrongByMs;
    },
    monotonic: () => clock.monotonic(),
    after: (delayMs, action) => clock.after(delayMs, action),
  };
}

async function started(
  clock: JumpingClock,
  own: Clock,
  askTime: () => Promise<number> = async () => clock.now(),
  logger: Logger = silentLogger,
): Promise<SharedClock> {
  const shared = createSharedClock({ clock: own, logger, askTime });
  await shared.start();
  onTestFinished(() => shared.stop());
  return shared;
}

test('is the database’s, however wrong this machine’s is, and however it is set', async () => {
  const clock = createJumpingClock();
  const own = machine(clock, 2 * hour);
  const shared = await started(clock, own);
  for (const step of [0, -2 * hour, 2 * hour]) {
    own.wrongByMs = step;
    expect(shared.now()).toBe(clock.now());
    clock.advance(25_000);
    await turn();
    expect(shared.now()).toBe(clock.now());
  }
});

test('follows the database’s when that is set, within 10 s', async () => {
  const clock = createJumpingClock();
  let set = 0;
  const shared = await started(clock, machine(clock, 0), async () => clock.now() + set);
  set = hour;
  clock.advance(10_000);
  await turn();
  expect(shared.now()).toBe(clock.now() + hour);
});

test('goes on while the database is away, and does not believe an answer that took long', async () => {
  const clock = createJumpingClock();
  let answer: 'away' | 'slow' | 'good' = 'good';
  const shared = await started(clock, machine(clock, hour), async () => {
    if (answer === 'away') throw new Error('away');
    if (answer === 'good') return clock.now();
    return new Promise((resolve) => clock.after(1001, () => resolve(0)));
  });
  for (answer of ['away', 'slow', 'good'] as const) {
    clock.advance(10_000);
    await turn();
    clock.advance(1001);
    await turn();
    expect(shared.now()).toBe(clock.now());
  }
});

test('tells once that a machine’s clock is wrong, and again when it is wrong again', async () => {
  const clock = createJumpingClock();
  const own = machine(clock, hour);
  const warnings: object[] = [];
  const logger: Logger = { ...silentLogger, warn: (fields) => warnings.push(fields) };
  await started(clock, own, undefined, logger);
  for (const wrongByMs of [hour, 1000, -hour, -hour]) {
    own.wrongByMs = wrongByMs;
    clock.advance(10_000);
    await turn();
  }
  expect(warnings).toEqual([{ secondsAhead: 3600 }, { secondsAhead: -3600 }]);
});

test('fires no timer early at replicas whose machines are two hours apart, and none late (R16)', async () => {
  const clock = createJumpingClock();
  const store = createFaultyStore();
  const peers = createPeers();
  const sequence = await openSequence(store, clock);
  const hub = createSignalHub();
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 5; quiet = store.underWay === 0 ? quiet + 1 : 0) await turn();
  };
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      await settled();
    }
  };
  const machines = [machine(clock, 0), machine(clock, 2 * hour), machine(clock, -2 * hour)];
  const replicas = await Promise.all(
    machines.map(async (own) => {
      const shared = await started(clock, own);
      const parts = { store, signals: hub(), sequence, peers, times: defaultTimes, lookEveryMs: 5000 };
      const replica = createEngineReplica({ ...parts, clock: shared });
      await replica.start();
      return replica;
    }),
  );
  const said = (): string[] => peers.customers.map(({ text }) => text);
  for (const [at, replica] of replicas.entries()) {
    await replica.accept([entry(`wind ${at}`, `c${at}`)]);
    await settled();
    // Whoever's clock is set, in the middle of it.
    machines[(at + 1) % 3]!.wrongByMs += at === 1 ? -2 * hour : 2 * hour;
    await pass(bellMs - 1000);
    expect(said()).not.toContain(`rung by wind ${at}`);
    await pass(6000);
    expect(said().filter((text) => text === `rung by wind ${at}`)).toHaveLength(1);
  }
  for (const replica of replicas) await replica.stop();
});
