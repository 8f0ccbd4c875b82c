import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliveries } from '../../src/delivery/collections.ts';
import { DeliveryFailure, type DeliveryStatus, type ReceiptStatus } from '../../src/delivery/delivery.ts';
import {
  advanceStatus,
  findDeliveryByNative,
  receiptEffect,
  type Receipt,
} from '../../src/delivery/receipts.ts';
import { as, type DeliveryId, type LegKey } from '../../src/platform/ids.ts';
import { runs as runsOf } from '../fixtures/full-run.ts';
import { acme, createRig, deliveryTo, entry, nothing, until, type Rig } from './rig.ts';

const leg = as<LegKey>('line:c1');
const incoming: ReceiptStatus[] = ['sent', 'delivered', 'read', 'failed', 'unclear'];
const anyReceipt = fc.constantFrom(...incoming);

function receipt(nativeId: string, status: ReceiptStatus, more: Partial<Receipt> = {}): Receipt {
  return { leg, nativeId, status, at: 1, ...more };
}

async function apply(rig: Rig, one: Receipt): Promise<string[]> {
  const { writes, moved } = await receiptEffect(rig.store, acme, one);
  await rig.store.commit(acme, writes);
  return moved.map((record) => record.id);
}

async function statusOf(rig: Rig, id: string): Promise<DeliveryStatus | undefined> {
  return (await rig.store.get(acme, deliveries, id))?.value.status;
}

/** A rig whose decisions send what the event's text names; native ids are `n-<id>`. */
async function createSendingRig(): Promise<Rig> {
  const rig = createRig({
    decide: async (_tenant, { key, event }) => ({
      ...nothing,
      deliveries: event.text.split(' ').map((id) => deliveryTo(id, key)),
    }),
    transport: async (_tenant, record) => ({ nativeId: `n-${record.id}` }),
  });
  await rig.delivery.start();
  return rig;
}

/** One whose conversation c1 has sent these. */
async function sentRig(...ids: string[]): Promise<Rig> {
  const rig = await createSendingRig();
  await rig.delivery.accept(acme, [entry('go', 'c1', { text: ids.join(' ') })]);
  await rig.drain();
  return rig;
}

describe('advanceStatus', () => {
  test('the end is the same in whatever order receipts come and however often', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyReceipt, { maxLength: 8 })
          .chain((receipts) =>
            fc.tuple(
              fc.constant(receipts),
              fc.shuffledSubarray([...receipts, ...receipts], { minLength: receipts.length * 2 }),
            ),
          ),
        ([receipts, shuffled]) => {
          const end = (all: readonly ReceiptStatus[]): DeliveryStatus =>
            all.reduce<DeliveryStatus>(advanceStatus, 'sent');
          expect(end(shuffled)).toBe(end(receipts));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  test('never backwards along sent, delivered, read; what the customer has overrules failure', () => {
    const line: DeliveryStatus[] = ['pending', 'sending', 'sent', 'delivered', 'read'];
    for (const [at, current] of line.entries())
      for (const [further, next] of line.entries())
        expect(advanceStatus(current, next)).toBe(line[Math.max(at, further)]);
    for (const end of ['failed', 'unclear'] as const) {
      expect(advanceStatus(end, 'sent')).toBe(end);
      expect(advanceStatus(end, 'delivered')).toBe('delivered');
      expect(advanceStatus(end, 'read')).toBe('read');
      expect(advanceStatus('delivered', end)).toBe('delivered');
      expect(advanceStatus('sent', end)).toBe(end);
    }
  });
});

test('a leg agrees with the model under any receipts, in any order (R22)', async () => {
  const command = fc.record({
    target: fc.nat({ max: 5 }),
    status: anyReceipt,
    andEarlier: fc.boolean(),
  });
  const rig = await createSendingRig();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 20 }), async (commands) => {
      runs += 1;
      const key = `run${runs}`;
      const ids = [0, 1, 2, 3, 4].map((n) => `${key}-${n}`);
      await rig.delivery.accept(acme, [entry(key, key, { text: ids.join(' ') })]);
      await rig.delivery.idle();
      // What the five ought to be: each the furthest of what any receipt told of it.
      const model: DeliveryStatus[] = ids.map(() => 'sent');
      for (const { target, status, andEarlier } of commands) {
        const before = [...model];
        const tell = (n: number): void => {
          model[n] = advanceStatus(model[n] ?? 'sent', status);
        };
        // A receipt for a later one says nothing of one that failed; the one beyond the last is unknown.
        if (andEarlier && target < ids.length && (status === 'read' || status === 'delivered'))
          for (let n = 0; n < target; n += 1) if (model[n] === 'sent' || model[n] === 'delivered') tell(n);
        if (target < ids.length) tell(target);
        const leg = as<LegKey>(`line:${key}`);
        const moved = await apply(rig, receipt(`n-${key}-${target}`, status, { andEarlier, leg }));
        expect(moved).toEqual(ids.filter((_id, n) => before[n] !== model[n]));
      }
      for (const [n, id] of ids.entries()) expect(await statusOf(rig, id)).toBe(model[n]);
    }),
    { numRuns: runsOf(300, 10_000) },
  );
}, 1_800_000);

test('read and all earlier: in the order in which they went out, and not those of another leg', async () => {
  const rig = await sentRig('a', 'b', 'c');
  await apply(rig, receipt('n-a', 'delivered'));
  expect(await apply(rig, receipt('n-b', 'read', { andEarlier: true }))).toEqual(['a', 'b']);
  expect(await statusOf(rig, 'c')).toBe('sent');
  expect(await apply(rig, receipt('n-b', 'delivered', { andEarlier: true }))).toEqual([]);
});

test('a failure that the network tells later carries its reason', async () => {
  const rig = await sentRig('a');
  await apply(rig, receipt('n-a', 'failed', { reason: 'handset off' }));
  expect((await rig.store.get(acme, deliveries, 'a'))?.value).toMatchObject({
    status: 'failed',
    failure: { reason: 'handset off' },
  });
  await apply(rig, receipt('n-a', 'delivered'));
  expect((await rig.store.get(acme, deliveries, 'a'))?.value.failure).toBeUndefined();
});

describe('a receipt that overtakes the answer to its own send', () => {
  async function overtaken(...early: Receipt[]): Promise<Rig> {
    let answer = (): void => undefined;
    const rig = createRig({
      transport: async () => {
        await new Promise<void>((resolve) => (answer = resolve));
        return { nativeId: 'n-a' };
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await until(() => rig.delivery.depths().outbox.running === 1);
    for (const one of early) expect(await apply(rig, one)).toEqual([]);
    expect(await findDeliveryByNative(rig.store, acme, leg, 'n-a')).toBeUndefined();
    answer();
    await rig.drain();
    return rig;
  }

  test('counts when the answer is there', async () => {
    const rig = await overtaken(receipt('n-a', 'read'), receipt('n-a', 'delivered'));
    expect(await statusOf(rig, 'a')).toBe('read');
    expect((await findDeliveryByNative(rig.store, acme, leg, 'n-a'))?.id).toBe('a');
  });

  test('a failure is told like any other', async () => {
    const rig = await overtaken(receipt('n-a', 'failed', { reason: 'no such number' }));
    expect(await statusOf(rig, 'a')).toBe('failed');
    expect(rig.decided).toEqual(['a', 'a failed']);
  });

  test('is forgotten after a while where no delivery ever claims it', async () => {
    const rig = createRig();
    await rig.delivery.start();
    await apply(rig, receipt('foreign', 'read', { at: rig.clock.now() }));
    rig.clock.jump(9 * 86_400_000);
    await rig.delivery.sweep();
    expect(await rig.store.tenants()).toEqual([]);
  });
});

test('two receipts at once: one of them is refused and sees the other when it tries again', async () => {
  const rig = await sentRig('a');
  const one = await receiptEffect(rig.store, acme, receipt('n-a', 'delivered'));
  const two = await receiptEffect(rig.store, acme, receipt('n-a', 'read'));
  await rig.store.commit(acme, two.writes);
  await expect(rig.store.commit(acme, one.writes)).rejects.toThrow('outbox/a');
  expect(await apply(rig, receipt('n-a', 'delivered'))).toEqual([]);
  expect(await statusOf(rig, 'a')).toBe('read');
});

describe('a delivery of which nobody knew whether it went out', () => {
  /** Conversation c1 has sent `a`, and the answer was lost. */
  async function unclearRig(): Promise<Rig> {
    const rig = createRig({
      decide: async (_tenant, { key }) => ({ ...nothing, deliveries: [deliveryTo('a', key)] }),
      resendPolicy: async () => 'ask',
      transport: async () => {
        throw new DeliveryFailure({ kind: 'retry', certain: false, reason: 'no answer' });
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('go', 'c1')]);
    await rig.drain();
    expect(await statusOf(rig, 'a')).toBe('unclear');
    return rig;
  }
  const ours = { delivery: as<DeliveryId>('a') };

  test.each(['sent', 'delivered', 'read', 'failed'] as const)(
    'is %s when a receipt with our reference says so, and has its native id',
    async (status) => {
      const rig = await unclearRig();
      expect(await apply(rig, receipt('SM1', status, ours))).toEqual(['a']);
      expect((await rig.store.get(acme, deliveries, 'a'))?.value).toMatchObject({ status, nativeId: 'SM1' });
      expect(await apply(rig, receipt('SM1', 'read'))).toEqual(status === 'read' ? [] : ['a']);
      expect(await statusOf(rig, 'a')).toBe('read');
    },
  );

  test('counts a receipt that came before without our reference', async () => {
    const rig = await unclearRig();
    expect(await apply(rig, receipt('SM1', 'delivered'))).toEqual([]);
    expect(await apply(rig, receipt('SM1', 'sent', ours))).toEqual(['a']);
    expect(await statusOf(rig, 'a')).toBe('delivered');
  });

  test('is left alone by the reference on another leg, and by a repetition', async () => {
    const rig = await unclearRig();
    const elsewhere = receipt('SM1', 'sent', { ...ours, leg: as<LegKey>('line:c2') });
    expect(await apply(rig, elsewhere)).toEqual([]);
    expect(await statusOf(rig, 'a')).toBe('unclear');
    expect(await apply(rig, receipt('SM1', 'sent', ours))).toEqual(['a']);
    expect(await apply(rig, receipt('SM1', 'sent', ours))).toEqual([]);
    expect(await apply(rig, receipt('SM2', 'read', ours))).toEqual([]);
    expect(await statusOf(rig, 'a')).toBe('sent');
  });
});
