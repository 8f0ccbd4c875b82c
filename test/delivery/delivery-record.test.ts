import { describe, expect, test } from 'vitest';
import { deliveries } from '../../src/delivery/collections.ts';
import { dropDelivery, listDeliveries, type DeliveryState } from '../../src/delivery/dead-letters.ts';
import { DeliveryFailure, type DeliveryRecord, type ResendPolicy } from '../../src/delivery/delivery.ts';
import { receiptEffect } from '../../src/delivery/receipts.ts';
import { as, type DeliveryId, type LegKey } from '../../src/platform/ids.ts';
import { acme, createRig, deliveryTo, entry, nothing, until, type Rig } from './rig.ts';

/** A rig whose transport fails so often, then takes everything. */
function failingRig(times: number, policy: ResendPolicy = 'safe'): Rig {
  let left = times;
  const rig: Rig = createRig({
    resendPolicy: async () => policy,
    retryRules: { maximumAgeMs: 7 * 86_400_000 },
    transport: async (_tenant, record) => {
      left -= 1;
      if (left < 0) return { nativeId: `native-${record.id}` };
      throw new DeliveryFailure({ kind: 'retry', certain: true, reason: `busy ${String(times - left)}` });
    },
  });
  return rig;
}

async function run(rig: Rig, ...ids: string[]): Promise<void> {
  await rig.delivery.start();
  await rig.delivery.accept(
    acme,
    ids.map((id) => entry(id)),
  );
  await rig.drain();
}

async function recordOf(rig: Rig, id: string): Promise<DeliveryRecord> {
  const found = await rig.store.get(acme, deliveries, id);
  if (found === undefined) throw new Error(`no delivery ${id}`);
  return found.value;
}

async function listed(rig: Rig, state: DeliveryState): Promise<string[]> {
  return (await listDeliveries(rig.store, acme, state, { limit: 100 })).found.map(({ id }) => id);
}

describe('a delivery’s record tells of each attempt', () => {
  test('when it failed, why, and when the next was to be', async () => {
    const rig = failingRig(2);
    const begun = rig.clock.now();
    await run(rig, 'a');
    const { trail, finishedAt = 0, status } = await recordOf(rig, 'a');
    expect(status).toBe('sent');
    expect(trail?.kept).toMatchObject([
      { number: 1, at: begun, kind: 'retry', reason: 'busy 1', certain: true },
      { number: 2, reason: 'busy 2' },
    ]);
    expect(trail?.kept[1]?.at).toBe(trail?.kept[0]?.nextAt);
    expect(finishedAt).toBe(trail?.kept[1]?.nextAt);
  });

  test('of many the first and the last, and how many were between', async () => {
    const rig = failingRig(30);
    await run(rig, 'a');
    const { trail } = await recordOf(rig, 'a');
    expect(trail?.kept.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 26, 27, 28, 29, 30]);
    expect(trail?.leftOut).toBe(20);
  });

  test.each([
    ['resend', 'sent', 2],
    ['ask', 'unclear', 1],
  ] as const)('also the one that a crash interrupted (%s)', async (policy, status, attempts) => {
    let called = false;
    const first = createRig({
      resendPolicy: async () => policy,
      transport: async () => {
        called = true;
        return new Promise(() => undefined);
      },
    });
    await first.delivery.start();
    await first.delivery.accept(acme, [entry('a')]);
    await until(() => called);
    const second = createRig({ resendPolicy: async () => policy }, first);
    await second.delivery.start();
    await second.drain();
    const record = await recordOf(second, 'a');
    expect(record).toMatchObject({ status, attempts });
    expect(record.trail?.kept).toMatchObject([{ number: 1, kind: 'interrupted', certain: false }]);
  });

  test('at no commit more than without: one for each state that had to be stored anyway', async () => {
    const smooth = failingRig(0);
    await run(smooth, 'a');
    expect(smooth.store.commits).toBe(3); // accepted, decided, sent
    const rough = failingRig(2);
    await run(rough, 'a');
    expect(rough.store.commits).toBe(5); // and one for each failed attempt, as ever
  });
});

describe('a delivery’s record tells of each receipt', () => {
  const tell = async (rig: Rig, status: 'sent' | 'delivered' | 'read' | 'failed', at: number) => {
    const receipt = { leg: as<LegKey>('line:c1'), nativeId: 'native-a', status, at };
    const { writes, moved } = await receiptEffect(rig.store, acme, receipt);
    await rig.store.commit(acme, writes);
    return moved.length;
  };

  test('when it was heard first, also of one that comes too late to move the status', async () => {
    const rig = failingRig(0);
    await run(rig, 'a');
    expect([
      await tell(rig, 'read', 10),
      await tell(rig, 'delivered', 20),
      await tell(rig, 'sent', 30),
    ]).toEqual([1, 0, 0]);
    expect(await tell(rig, 'read', 40)).toBe(0);
    expect(await recordOf(rig, 'a')).toMatchObject({
      status: 'read',
      receipts: { read: 10, delivered: 20, sent: 30 },
    });
  });

  test('also of those that overtook the answer to its own send', async () => {
    let answer = (): void => undefined;
    const rig = createRig({
      transport: async () => {
        await new Promise<void>((resolve) => (answer = resolve));
        return { nativeId: 'native-a' };
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await until(() => rig.delivery.depths().outbox.running === 1);
    await tell(rig, 'sent', 10);
    await tell(rig, 'delivered', 20);
    answer();
    await rig.drain();
    expect(await recordOf(rig, 'a')).toMatchObject({
      status: 'delivered',
      receipts: { sent: 10, delivered: 20 },
    });
  });

  test('a failure that the network reports puts it among the failed; that it arrived after all takes it off', async () => {
    const rig = failingRig(0);
    await run(rig, 'a');
    await tell(rig, 'failed', 10);
    expect(await listed(rig, 'failed')).toEqual(['a']);
    await tell(rig, 'delivered', 20);
    expect(await listed(rig, 'failed')).toEqual([]);
  });
});

describe('what was not delivered', () => {
  /** Deliveries a, b, c of which none gets through. */
  async function troubled(): Promise<{ rig: Rig; cure: () => void }> {
    let ill = true;
    const rig = createRig({
      resendPolicy: async () => 'ask',
      transport: async (_tenant, { id }) => {
        if (!ill) return { nativeId: `native-${id}` };
        throw new DeliveryFailure({
          kind: id === 'c' ? 'retry' : 'permanent',
          certain: id !== 'c',
          reason: 'no',
        });
      },
    });
    await run(rig, 'a', 'b', 'c');
    return { rig, cure: () => (ill = false) };
  }

  test('is listed by state, in pages', async () => {
    const { rig } = await troubled();
    expect(await listed(rig, 'failed')).toEqual(['a', 'b']);
    expect(await listed(rig, 'unclear')).toEqual(['c']);
    const first = await listDeliveries(rig.store, acme, 'failed', { limit: 1 });
    expect(first.found.map(({ id }) => id)).toEqual(['a']);
    const second = await listDeliveries(rig.store, acme, 'failed', { limit: 1, after: first.next! });
    expect(second.found.map(({ id }) => id)).toEqual(['b']);
    expect(await listed(rig, 'pending')).toEqual([]);
  });

  test('leaves the list when it is sent again, and the retry names it', async () => {
    const { rig, cure } = await troubled();
    cure();
    expect(await rig.delivery.retry(acme, as('a'))).toBe(true);
    await rig.drain();
    expect(await listed(rig, 'failed')).toEqual(['b']);
    expect(await recordOf(rig, 'a.r1')).toMatchObject({ status: 'sent', retryOf: 'a' });
  });

  test('leaves the list when an operator drops it, once, and can be sent again all the same', async () => {
    const { rig, cure } = await troubled();
    const drop = async (id: string) => dropDelivery(rig.store, rig.clock, acme, as<DeliveryId>(id));
    expect([await drop('b'), await drop('b'), await drop('nothing')]).toEqual([true, false, false]);
    expect(await listed(rig, 'failed')).toEqual(['a']);
    expect(await recordOf(rig, 'b')).toMatchObject({ status: 'failed', droppedAt: rig.clock.now() });
    cure();
    expect(await rig.delivery.retry(acme, as('b'))).toBe(true);
  });

  test('what waits for its turn is pending', async () => {
    const rig = createRig({
      decide: async () => ({ ...nothing, deliveries: [deliveryTo('a')] }),
      transport: async () => new Promise(() => undefined),
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('go')]);
    await until(() => rig.delivery.depths().outbox.running === 1);
    expect(await listed(rig, 'pending')).toEqual(['a']);
  });
});

test('each tenant’s records are forgotten when its own time is over, and no other’s', async () => {
  const globex = as<typeof acme>('globex');
  const days = (count: number): number => count * 86_400_000;
  const rig = createRig({
    retention: (tenant) => (tenant === acme ? { deliveriesMs: days(2) } : {}),
  });
  await rig.delivery.start();
  await rig.delivery.accept(acme, [entry('a')]);
  await rig.delivery.accept(globex, [entry('g')]);
  await rig.drain();
  rig.clock.jump(days(3));
  await rig.delivery.sweep();
  expect(await rig.store.get(acme, deliveries, 'a')).toBeUndefined();
  expect((await rig.store.get(globex, deliveries, 'g'))?.value.status).toBe('sent');
});
