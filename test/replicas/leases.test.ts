import { describe, expect, it } from 'vitest';
import { openSequence } from '../../src/delivery/sequence.ts';
import type { Claim, Notice, Resource } from '../../src/delivery/ownership.ts';
import { as, type ConversationId, type LineId } from '../../src/platform/ids.ts';
import { defaultTimes } from '../../src/replicas/membership.ts';
import { put } from '../../src/store/store.ts';
import { createFaultyStore } from '../delivery/faulty-store.ts';
import { createJumpingClock } from '../delivery/jumping-clock.ts';
import { entry, turn } from '../delivery/rig.ts';
import {
  acme,
  bellMs,
  counters,
  createEngineReplica,
  createPeers,
  type EngineReplica,
} from './engine-replica.ts';
import { createSignalHub } from './signal-hub.ts';

const c1: Resource = { kind: 'conversation', id: as<ConversationId>('c1') };
const line = as<LineId>('xmpp1');
const { lifeMs, marginMs, lookMs } = defaultTimes;

/** Engines on one store, in a time that stands still until the test moves it. */
async function world() {
  const clock = createJumpingClock();
  const store = createFaultyStore();
  const peers = createPeers();
  const sequence = await openSequence(store, clock);
  const hub = createSignalHub();
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 5; quiet = store.underWay === 0 ? quiet + 1 : 0) await turn();
  };
  /** In steps, as time passes for everybody. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(Math.min(100, ms - passed));
      await settled();
    }
  };
  const start = async (
    options: Partial<Parameters<typeof createEngineReplica>[0]> = {},
  ): Promise<EngineReplica> => {
    const replica = createEngineReplica({
      ...{ store, signals: hub(), sequence, peers, clock, times: defaultTimes, lookEveryMs: 5000 },
      ...options,
    });
    await replica.start();
    return replica;
  };
  return { clock, store, peers, settled, pass, start };
}

describe('a lease', () => {
  it('is kept after its work is done, and who else comes by tells its holder', async () => {
    const { start, settled, clock, peers } = await world();
    const [one, two] = [await start(), await start()];
    await one.accept([entry('a')]);
    await settled();
    const mine = await one.leases.claim(acme, c1, undefined);
    expect(mine?.isHeld()).toBe(true);
    const heard: Notice[] = [];
    one.leases.listen({ noticed: (notice) => heard.push(notice), abandoned: () => undefined });
    await two.accept([entry('b')]);
    await settled();
    expect(heard.map(({ inbox }) => inbox)).toEqual(['c1']);
    expect(peers.customers.map(({ text }) => text)).toEqual(['a', 'b']);
    expect(await one.leases.claim(acme, c1, undefined)).toBe(mine);
    expect(await two.leases.claim(acme, c1, undefined)).toBeUndefined();
    expect(clock.nextIn()).toBeDefined();
  });

  it('ends by itself before others may take it, and passes on within 12 s of its holder’s death', async () => {
    const { start, pass, settled, peers } = await world();
    const [one, two] = [await start(), await start()];
    await one.accept([entry('a')]);
    await settled();
    const mine = await one.leases.claim(acme, c1, undefined);
    one.process.pause();
    await pass(lifeMs - marginMs - 100);
    await two.accept([entry('b')]);
    await settled();
    expect(peers.customers.map(({ text }) => text)).toEqual(['a']);
    expect(await two.leases.claim(acme, c1, undefined)).toBeUndefined();
    await pass(marginMs);
    expect(mine?.isHeld()).toBe(false);
    await pass(12_000 - lifeMs);
    expect(peers.customers.map(({ text }) => text)).toEqual(['a', 'b']);
    // It begins anew, and leaves alone what is another's now.
    one.process.resume();
    await pass(2 * lookMs);
    expect(await one.leases.claim(acme, c1, undefined)).toBeUndefined();
    await one.accept([entry('c')]);
    await settled();
    expect(peers.customers.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
  });

  it('that was lost refuses the late decision made under it', async () => {
    const { start, pass, settled, store } = await world();
    const decided = Promise.withResolvers<undefined>();
    const one = await start({ beforeDecision: async () => decided.promise });
    await one.accept([entry('a')]);
    await settled();
    // Takes the conversation, and gets no further than that: nothing else than the lease can stop the late commit.
    await start({ beforeDecision: async () => new Promise(() => undefined) });
    one.process.pause();
    await pass(12_000);
    one.process.resume();
    decided.resolve(undefined);
    await pass(2 * lookMs);
    expect(await store.get(acme, counters, 'c1')).toBeUndefined();
  });

  it('that was lost holds back what was about to go out', async () => {
    const { start, pass, settled, peers } = await world();
    const calls = Promise.withResolvers<undefined>();
    const one = await start({ beforeSend: async () => calls.promise });
    await one.accept([entry('a')]);
    await settled();
    await start();
    one.process.pause();
    await pass(12_000);
    expect(peers.rooms.size).toBe(1);
    expect([...peers.unclear]).toEqual(['a']);
    calls.resolve(undefined);
    one.process.resume();
    await pass(2 * lookMs);
    expect(peers.customers).toEqual([]);
  });

  it('is not moved by a wall clock that is set', async () => {
    const { start, pass, clock } = await world();
    const [one, two] = [await start(), await start()];
    const mine = await one.leases.claim(acme, c1, undefined);
    clock.jump(-2 * 3_600_000);
    await pass(3 * lifeMs);
    expect(mine?.isHeld()).toBe(true);
    expect(await two.leases.claim(acme, c1, undefined)).toBeUndefined();
  });

  it('is not trusted after a sleep of the machine, which its monotonic clock does not see', async () => {
    const { start, pass, clock } = await world();
    const one = await start();
    const mine = await one.leases.claim(acme, c1, undefined);
    const lost: Claim[] = [];
    mine?.onLost((which) => lost.push(which));
    clock.jump(lifeMs);
    expect(mine?.isHeld()).toBe(false);
    await pass(defaultTimes.beatMs);
    expect(lost).toEqual([mine]);
    const again = await one.leases.claim(acme, c1, undefined);
    expect(again).not.toBe(mine);
    expect(again?.isHeld()).toBe(true);
  });

  it('is given back when nobody used it for a while, and at once where there are too many', async () => {
    const { start, pass, settled } = await world();
    const one = await start({ limits: { idleMs: 10_000, mostIdle: 2 } });
    const two = await start();
    const resources = ['c1', 'c2', 'c3'].map((id): Resource => ({ kind: 'conversation', id: as(id) }));
    const claims = await Promise.all(resources.map(async (each) => one.leases.claim(acme, each, undefined)));
    const lost: Claim[] = [];
    for (const claim of claims) claim?.onLost((which) => lost.push(which));
    claims[1]?.enter();
    await pass(lookMs);
    expect(claims.map((claim) => claim?.isHeld())).toEqual([true, true, true]);
    claims[1]?.leave();
    await pass(lookMs);
    await settled();
    expect(claims.filter((claim) => claim?.isHeld() === true)).toHaveLength(2);
    await pass(10_000);
    expect(claims.map((claim) => claim?.isHeld())).toEqual([false, false, false]);
    expect(new Set(lost)).toEqual(new Set(claims));
    expect(lost).toHaveLength(3);
    expect((await two.leases.claim(acme, c1, undefined))?.isHeld()).toBe(true);
  });

  it('is free at once when its holder ends in good order', async () => {
    const { start, settled } = await world();
    const [one, two] = [await start(), await start()];
    await one.leases.claim(acme, c1, undefined);
    await one.stop();
    two.membership.look();
    await settled();
    expect((await two.leases.claim(acme, c1, undefined))?.isHeld()).toBe(true);
  });
});

describe('a line that holds a connection', () => {
  it('has its deliveries sent by the replica that holds it, whoever has the conversation, and moves', async () => {
    const { start, pass, settled, peers, store } = await world();
    const [one, two] = [await start({ line }), await start({ line })];
    await one.accept([entry('a')]);
    await settled();
    expect(peers.rooms.size).toBe(1);
    expect(peers.customers).toEqual([]);
    const claim = await two.leases.holdLine(acme, line);
    expect(await one.leases.holdLine(acme, line)).toBeUndefined();
    await settled();
    await pass(600);
    expect(peers.customers.map(({ text }) => text)).toEqual(['a']);
    await one.accept([entry('b')]);
    await settled();
    expect(peers.customers.map(({ text }) => text)).toEqual(['a', 'b']);
    two.process.kill();
    await one.accept([entry('c')]);
    await pass(lifeMs + 2000);
    expect(claim?.isHeld()).toBe(false);
    expect(peers.customers.map(({ text }) => text)).toEqual(['a', 'b']);
    expect((await one.leases.holdLine(acme, line))?.isHeld()).toBe(true);
    await pass(600);
    expect(peers.customers.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    await expect(
      store.commit(acme, [...claim!.fence, put(counters, 'late', { count: 1 }, 'any')]),
    ).rejects.toThrow('leases/line:xmpp1');
  });
});

describe('a timer', () => {
  it('is fired once, whoever set it, also when that one is gone', async () => {
    const { start, pass, settled, peers } = await world();
    const [one, two] = [await start(), await start()];
    await one.accept([entry('wind 1')]);
    await settled();
    await pass(bellMs + 5000);
    expect(peers.customers.map(({ text }) => text)).toEqual(['wind 1', 'rung by wind 1']);
    await two.accept([entry('wind 2')]);
    await settled();
    // The owner, who knows of the timer.
    one.process.kill();
    await pass(bellMs + 12_000);
    expect(peers.customers.map(({ text }) => text).slice(2)).toEqual(['wind 2', 'rung by wind 2']);
  });
});
