import { describe, expect, test } from 'vitest';
import { inboxEntries, seenEntries } from '../../src/delivery/collections.ts';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { put, StoreUnavailable } from '../../src/store/store.ts';
import { acme, counters, createRig, entry, nothing, turn, until } from './rig.ts';

describe('accept', () => {
  test('drops what was accepted before, and keeps the rest of the call', async () => {
    const rig = createRig();
    await rig.delivery.start();
    expect(await rig.delivery.accept(acme, [entry('a')])).toEqual({ accepted: 1, duplicates: 0 });
    expect(await rig.delivery.accept(acme, [entry('a'), entry('b'), entry('b')])).toEqual({
      accepted: 1,
      duplicates: 2,
    });
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['a', 'b']);
  });

  test('one effect of the same entries accepted many times at once', async () => {
    const rig = createRig();
    await rig.delivery.start();
    const ids = Array.from({ length: 20 }, (_, n) => `e${n}`);
    const results = await Promise.all(
      Array.from({ length: 50 }, async (_, n) =>
        rig.delivery.accept(acme, [entry(ids[n % 20]!), entry(ids[(n * 7) % 20]!)]),
      ),
    );
    await rig.drain();
    expect(results.reduce((sum, result) => sum + result.accepted, 0)).toBe(20);
    expect(results.reduce((sum, result) => sum + result.duplicates, 0)).toBe(80);
    expect(rig.sent).toHaveLength(20);
  });

  test('two engines on one store accept an entry once', async () => {
    const one = createRig();
    const two = createRig({}, one);
    await one.delivery.start();
    await two.delivery.start();
    const results = await Promise.all(
      [one, two].map(async (rig) => rig.delivery.accept(acme, [entry('a'), entry('b')])),
    );
    expect(results.map((result) => result.accepted).sort()).toEqual([0, 2]);
    await one.drain();
    await two.drain();
    expect((await one.store.get(acme, counters, 'c1'))?.value.count).toBe(2);
  });

  test('calls of one key made at once keep their order, also when a duplicate makes one try again', async () => {
    const rig = createRig();
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('old')]);
    await Promise.all([
      rig.delivery.accept(acme, [entry('1')]),
      rig.delivery.accept(acme, [entry('old'), entry('2')]),
      rig.delivery.accept(acme, [entry('3')], { writes: [put(counters, 'other', { count: 1 }, 'absent')] }),
      rig.delivery.accept(acme, [entry('4')]),
    ]);
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['old', '1', '2', '3', '4']);
  });

  test('commits the extra writes with the entries, or neither', async () => {
    const rig = createRig();
    await rig.delivery.start();
    const writes = [put(counters, 'extra', { count: 1 }, 'absent')];
    await rig.delivery.accept(acme, [entry('a')], { writes });
    // The first goes at once; the others wait meanwhile, and might share a commit.
    const before = ['c', 'd'].map(async (id) => rig.delivery.accept(acme, [entry(id)]));
    const refused = rig.delivery.accept(acme, [entry('b')], { writes });
    const after = rig.delivery.accept(acme, [entry('e')]);
    await expect(refused).rejects.toThrow('counters/extra');
    for (const other of [...before, after]) expect(await other).toEqual({ accepted: 1, duplicates: 0 });
    await rig.drain();
    expect(rig.decided).toEqual(['a', 'c', 'd', 'e']);
  });

  test('rejects while the store is away, and handles what turned out durable all the same', async () => {
    const rig = createRig();
    await rig.delivery.start();
    rig.store.outage = 'before';
    await expect(rig.delivery.accept(acme, [entry('a')])).rejects.toThrow(StoreUnavailable);
    rig.store.outage = 'after';
    await expect(rig.delivery.accept(acme, [entry('b')])).rejects.toThrow(StoreUnavailable);
    rig.store.outage = 'none';
    // Nobody sends it again, and it is handled all the same.
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['b']);
    expect(await rig.delivery.accept(acme, [entry('b')])).toEqual({ accepted: 0, duplicates: 1 });
    expect(await rig.delivery.accept(acme, [entry('a')])).toEqual({ accepted: 1, duplicates: 0 });
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['b', 'a']);
  });

  test('handles what became durable after it was given up, when it is sent again', async () => {
    const rig = createRig();
    await rig.delivery.start();
    const late = { ...entry('late'), sequence: 1, acceptedAt: rig.clock.now() };
    await rig.store.commit(acme, [
      put(seenEntries, late.id, { at: rig.clock.now() }, 'absent'),
      put(inboxEntries, late.id, late, 'absent'),
    ]);
    expect((await rig.delivery.accept(acme, [entry('late')])).duplicates).toBe(1);
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['late']);
  });

  test('many calls share commits', async () => {
    const rig = createRig({ decide: async () => nothing });
    await rig.delivery.start();
    const before = rig.store.commits;
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => rig.delivery.accept(acme, [entry(`e${n}`)])),
    );
    expect(rig.store.commits - before).toBeLessThan(60);
  });
});

describe('decisions', () => {
  test('one at a time per key in order, keys side by side', async () => {
    let running = 0;
    let most = 0;
    const perKey = new Map<string, number>();
    const order = new Map<string, string[]>();
    const rig = createRig({
      decide: async (_tenant, { key, event }) => {
        expect(perKey.get(key) ?? 0).toBe(0);
        perKey.set(key, 1);
        running += 1;
        most = Math.max(most, running);
        await turn();
        order.set(key, [...(order.get(key) ?? []), event.text]);
        running -= 1;
        perKey.set(key, 0);
        return nothing;
      },
    });
    await rig.delivery.start();
    const entries = Array.from({ length: 300 }, (_, n) => entry(`e${n}`, `k${n % 10}`));
    await rig.delivery.accept(acme, entries);
    await rig.drain();
    expect(most).toBe(10);
    for (const [key, texts] of order)
      expect(texts).toEqual(entries.filter((one) => one.key === key).map((one) => one.event.text));
  });

  test('no more at once than the limit, and tenants take turns', async () => {
    const gates: (() => void)[] = [];
    const begun: string[] = [];
    const rig = createRig({
      inboxLimits: { overall: 2, perGroup: 2 },
      decide: async (tenant) => {
        begun.push(tenant);
        await new Promise<void>((resolve) => gates.push(resolve));
        return nothing;
      },
    });
    await rig.delivery.start();
    const busy = as<TenantId>('busy');
    const quiet = as<TenantId>('quiet');
    await rig.delivery.accept(
      busy,
      Array.from({ length: 50 }, (_, n) => entry(`b${n}`, `k${n}`)),
    );
    await rig.delivery.accept(quiet, [entry('q', 'k')]);
    await until(() => gates.length === 2);
    expect(begun).toEqual(['busy', 'busy']);
    gates.shift()?.();
    gates.shift()?.();
    await until(() => gates.length === 2);
    expect(begun.slice(2)).toContain('quiet');
    while (rig.delivery.depths().inbox.keys > 0) {
      gates.shift()?.();
      await turn();
    }
  });

  test('a conflict decides again from fresh state', async () => {
    const rig = createRig();
    await rig.delivery.start();
    const original = rig.store.get.bind(rig.store);
    let once = true;
    rig.store.get = async (tenant, collection, id) => {
      const found = await original(tenant, collection, id);
      if (once && collection.name === counters.name) {
        once = false;
        await rig.store.commit(acme, [put(counters, 'c1', { count: 100 }, 'any')]);
      }
      return found;
    };
    await rig.delivery.accept(acme, [entry('a')]);
    await rig.drain();
    expect((await original(acme, counters, 'c1'))?.value.count).toBe(101);
    expect(rig.decided).toEqual(['a', 'a']);
    expect(rig.sent).toHaveLength(1);
  });

  test('a key that meets conflicts for ever rests between its tries and stops only itself', async () => {
    let conflicts = 0;
    const rig = createRig({
      hooks: { conflict: () => (conflicts += 1) },
      decide: async (_tenant, { key, event }) =>
        key === 'stuck' && conflicts < 200
          ? { ...nothing, writes: [put(counters, 'x', { count: 1 }, 7)] }
          : { ...nothing, writes: [put(counters, event.text, { count: 1 }, 'any')] },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('s', 'stuck'), entry('f', 'free')]);
    await until(() => rig.delivery.depths().inbox.waiting === 1 && rig.delivery.depths().inbox.keys === 1);
    expect(conflicts).toBeLessThan(200);
    expect((await rig.store.get(acme, counters, 'f'))?.value.count).toBe(1);
    await rig.drain();
    expect((await rig.store.get(acme, counters, 's'))?.value.count).toBe(1);
  });

  test('waits for the store for ever', async () => {
    let away = true;
    const rig = createRig({
      decide: async () => {
        if (away) throw new StoreUnavailable('away');
        return nothing;
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    for (let n = 0; n < 30; n += 1) {
      await until(() => rig.delivery.depths().inbox.waiting === 1);
      rig.clock.advance(1000);
    }
    away = false;
    await rig.drain();
    expect(await rig.delivery.quarantine.list(acme)).toEqual({ found: [] });
  });

  test('a commit whose answer got lost is not decided twice, and its deliveries go out', async () => {
    const rig = createRig();
    await rig.delivery.start();
    let lost = false;
    rig.store.beforeCommit = (_tenant, writes) => {
      const decides = writes.some((write) => write.collection.name === counters.name);
      rig.store.outage = decides && !lost ? 'after' : 'none';
      lost ||= decides;
    };
    await rig.delivery.accept(acme, [entry('a'), entry('b')]);
    await rig.drain();
    expect((await rig.store.get(acme, counters, 'c1'))?.value.count).toBe(2);
    expect(rig.sent.map((one) => one.text)).toEqual(['a', 'b']);
  });

  test('keys without work are forgotten', async () => {
    const rig = createRig();
    await rig.delivery.start();
    await rig.delivery.accept(
      acme,
      Array.from({ length: 500 }, (_, n) => entry(`e${n}`, `k${n}`)),
    );
    await rig.drain();
    const none = { keys: 0, running: 0, waiting: 0, items: 0 };
    expect(rig.delivery.depths()).toEqual({ inbox: none, outbox: none });
  });

  test('a long queue is read in pages, in order', async () => {
    const rig = createRig({
      inboxLimits: { heldPerKey: 5, held: 7 },
      outboxLimits: { heldPerKey: 3, held: 4 },
    });
    await rig.delivery.start();
    const texts = Array.from({ length: 200 }, (_, n) => `e${n}`);
    for (let at = 0; at < texts.length; at += 20)
      await rig.delivery.accept(
        acme,
        texts.slice(at, at + 20).flatMap((id) => [entry(id), entry(`x${id}`, 'c2')]),
      );
    await rig.drain();
    expect(rig.sent.filter((one) => one.key === 'c1').map((one) => one.text)).toEqual(texts);
    expect(rig.sent.filter((one) => one.key === 'c2').map((one) => one.text)).toEqual(
      texts.map((id) => `x${id}`),
    );
  });

  test('what comes while a page is read goes behind it', async () => {
    const rig = createRig({ inboxLimits: { heldPerKey: 2 } });
    await rig.delivery.start();
    const find = rig.store.find.bind(rig.store);
    let goOn = (): void => undefined;
    let reading = false;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    rig.store.find = async (tenant, collection, query) => {
      const page = find(tenant, collection, query);
      if (query.index === 'byKey' && collection.name === inboxEntries.name) {
        reading = true;
        await held;
      }
      return page;
    };
    await rig.delivery.accept(
      acme,
      ['1', '2', '3'].map((id) => entry(id)),
    );
    await until(() => reading);
    await rig.delivery.accept(acme, [entry('4')]);
    goOn();
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['1', '2', '3', '4']);
  });
});

test('a restart resumes what waited, before what comes later', async () => {
  const first = createRig({ decide: async () => new Promise(() => undefined) });
  await first.delivery.start();
  await first.delivery.accept(acme, [entry('1'), entry('2'), entry('x', 'c2')]);
  const stopped = first.delivery.stop(0);
  first.clock.advance(0);
  await stopped;

  const second = createRig({}, first);
  const early = second.delivery.accept(acme, [entry('3')]);
  const starting = second.delivery.start();
  await second.delivery.accept(acme, [entry('4')]);
  await Promise.all([early, starting]);
  await second.drain();
  expect(second.sent.filter((one) => one.key === 'c1').map((one) => one.text)).toEqual(['1', '2', '3', '4']);
  expect(second.sent.filter((one) => one.key === 'c2')).toHaveLength(1);
  expect(await second.store.find(acme, inboxEntries, { index: 'bySequence', equals: [] })).toEqual([]);
});

test('a clock set back before a restart puts nothing before what waited', async () => {
  const first = createRig({ decide: async () => new Promise(() => undefined) });
  await first.delivery.start();
  await first.delivery.accept(acme, [entry('1')]);
  first.clock.jump(-86_400_000);
  const second = createRig({ decide: async () => new Promise(() => undefined) }, first);
  await second.delivery.start();
  await second.delivery.accept(acme, [entry('2')]);
  const third = createRig({}, first);
  await third.delivery.start();
  await third.drain();
  expect(third.sent.map((one) => one.text)).toEqual(['1', '2']);
});

test('what comes while a restart still reads what was left waits behind it', async () => {
  const first = createRig({ decide: async () => new Promise(() => undefined) });
  await first.delivery.start();
  await first.delivery.accept(acme, [entry('1')]);
  const second = createRig({}, first);
  const find = second.store.find.bind(second.store);
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  second.store.find = async (tenant, collection, query) => {
    // The page of all that waits, not the newest one by which numbers go on.
    if (query.index === 'bySequence' && query.descending !== true) await held;
    return find(tenant, collection, query);
  };
  const starting = second.delivery.start();
  await second.delivery.accept(acme, [entry('2')]);
  goOn();
  await starting;
  await second.drain();
  expect(second.sent.map((one) => one.text)).toEqual(['1', '2']);
});

test('an entry is forgotten after 8 days, and not before', async () => {
  const rig = createRig();
  await rig.delivery.start();
  await rig.delivery.accept(acme, [entry('a')]);
  await rig.drain();
  rig.clock.jump(7.9 * 86_400_000);
  await rig.delivery.sweep();
  expect((await rig.delivery.accept(acme, [entry('a')])).duplicates).toBe(1);
  rig.clock.jump(0.2 * 86_400_000);
  await rig.delivery.sweep();
  expect((await rig.delivery.accept(acme, [entry('a')])).accepted).toBe(1);
  await rig.drain();
});
