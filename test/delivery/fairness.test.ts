import { describe, expect, test } from 'vitest';
import { DeliveryFailure } from '../../src/delivery/delivery.ts';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { put } from '../../src/store/store.ts';
import { createFaultyStore } from './faulty-store.ts';
import { acme, counters, createRig, entry, nothing, turn, until, type Rig } from './rig.ts';

describe('a tenant with a hundred times as much as nineteen others', () => {
  test('is handled beside them, not before them', async () => {
    const rig = createRig();
    await rig.delivery.start();
    const some = (tenant: string, count: number, keys: number) =>
      rig.delivery.accept(
        as<TenantId>(tenant),
        Array.from({ length: count }, (_, n) =>
          entry(`e${String(n)}`, `c${String(n % keys)}`, { text: tenant }),
        ),
      );
    await some('heavy', 2000, 400);
    const others = Array.from({ length: 19 }, (_, n) => `light-${String(n)}`);
    await Promise.all(others.map(async (tenant) => some(tenant, 20, 20)));
    await rig.drain();
    const lastOfOthers = rig.decided.findLastIndex((tenant) => tenant !== 'heavy');
    const heavyBefore = rig.decided.slice(0, lastOfOthers).filter((tenant) => tenant === 'heavy').length;
    expect(rig.decided).toHaveLength(2000 + 19 * 20);
    // An equal share of the turns is 20; what had begun before the others came is its own.
    expect(heavyBefore).toBeLessThan(200);
  });
});

describe('a conversation that fails for ever, with thousands of messages behind the first', () => {
  test('costs one attempt and one commit when its wait is over, and the others nothing', async () => {
    let attempts = 0;
    const rig = createRig({
      transport: async (_tenant, record, attempt) => {
        if (record.conversation !== 'bad') {
          rig.sent.push({ key: record.conversation, text: record.operation.text, ...attempt });
          return {};
        }
        attempts += 1;
        throw new DeliveryFailure({ kind: 'retry', certain: true, reason: 'for ever' });
      },
    });
    await rig.delivery.start();
    const queued = 3000;
    await rig.delivery.accept(
      acme,
      Array.from({ length: queued }, (_, n) => entry(`b${String(n)}`, 'bad')),
    );
    await until(() => rig.decided.length === queued && rig.delivery.depths().outbox.waiting === 1);

    const before = rig.store.commits;
    for (let minute = 0; minute < 30; minute += 1) {
      const known = attempts;
      rig.clock.advance(60_000);
      await until(() => attempts > known && rig.delivery.depths().outbox.waiting === 1);
    }
    expect(attempts).toBeGreaterThanOrEqual(30);
    expect(rig.store.commits - before).toBeLessThanOrEqual(attempts);

    const known = attempts;
    await rig.delivery.accept(
      acme,
      Array.from({ length: 499 }, (_, n) => entry(`o${String(n)}`, `c${String(n)}`)),
    );
    await until(() => rig.sent.length === 499);
    expect(attempts).toBe(known);
    await until(() => rig.delivery.depths().outbox.keys === 1);
    expect(rig.delivery.depths().outbox).toMatchObject({ waiting: 1, items: queued });
    await rig.delivery.stop(0);
  });
});

describe('decisions that all want the same record', () => {
  test('get it one after the other, in the order in which they met, and are not all taken again each time', async () => {
    const rig: Rig = createRig({
      decide: async (tenant, { key }) => {
        rig.decided.push(key);
        const counter = await rig.store.get(tenant, counters, 'all');
        return {
          writes: [
            put(counters, 'all', { count: (counter?.value.count ?? 0) + 1 }, counter?.version ?? 'absent'),
            put(counters, key, { count: counter?.value.count ?? 0 }, 'any'),
          ],
          deliveries: [],
          timers: [],
        };
      },
    });
    await rig.delivery.start();
    const keys = Array.from({ length: 300 }, (_, n) => `c${String(n)}`);
    await rig.delivery.accept(
      acme,
      keys.map((key) => entry(key, key)),
    );
    await rig.drain();
    expect((await rig.store.get(acme, counters, 'all'))?.value.count).toBe(300);
    expect(rig.decided.length).toBeLessThan(4 * keys.length);
    const places = await Promise.all(
      keys.map(async (key) => (await rig.store.get(acme, counters, key))?.value.count ?? Number.NaN),
    );
    // Nobody is overtaken by more than are handled at once.
    for (const [n, place] of places.entries()) expect(Math.abs(place - n)).toBeLessThan(64);
  });
});

describe('while very many wait to become durable', () => {
  test('few decisions are taken at once, and as many as ever afterwards', async () => {
    const stored = Promise.withResolvers<undefined>();
    const mayDecide = Promise.withResolvers<undefined>();
    const store = createFaultyStore();
    let deciding = 0;
    const rig = createRig({
      store: {
        ...store,
        commit: async (tenant, writes) => {
          if (tenant === as<TenantId>('busy')) await stored.promise;
          return store.commit(tenant, writes);
        },
      },
      decide: async () => {
        deciding += 1;
        await mayDecide.promise;
        return nothing;
      },
    });
    await rig.delivery.start();
    const busy = Array.from({ length: 200 }, async (_, n) =>
      rig.delivery.accept(as<TenantId>('busy'), [entry(`b${String(n)}`, `b${String(n)}`)]),
    );
    await rig.delivery.accept(
      acme,
      Array.from({ length: 30 }, (_, n) => entry(`e${String(n)}`, `c${String(n)}`)),
    );
    await until(() => deciding > 0);
    await turn();
    expect(rig.delivery.depths().inbox.running).toBe(8);
    stored.resolve(undefined);
    await Promise.all(busy);
    mayDecide.resolve(undefined);
    await until(() => deciding === 230);
    await rig.drain();
  });
});
