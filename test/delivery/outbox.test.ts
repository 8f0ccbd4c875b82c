import { describe, expect, test } from 'vitest';
import { deliveries, nativeRecordId, nativeRecords } from '../../src/delivery/collections.ts';
import { DeliveryFailure, type DeliveryRecord, type ResendPolicy } from '../../src/delivery/delivery.ts';
import { as, type DeliveryId, type TenantId } from '../../src/platform/ids.ts';
import { acme, createRig, deliveryTo, entry, nothing, until, type Operation, type Rig } from './rig.ts';

function failing(
  kind: DeliveryFailure['kind'],
  { certain = true, retryAfterMs }: { certain?: boolean; retryAfterMs?: number } = {},
): DeliveryFailure {
  return new DeliveryFailure({ kind, certain, reason: `because ${kind}`, retryAfterMs });
}

async function recordOf(rig: Rig, id: string): Promise<DeliveryRecord | undefined> {
  return (await rig.store.get(acme, deliveries, id))?.value;
}

describe('order and retry', () => {
  test('every 20th send fails 1 to 3 times, and nothing overtakes', async () => {
    const fails = new Map<string, number>();
    const seen: string[] = [];
    const rig = createRig({
      transport: async (_tenant, record) => {
        const n = Number(record.operation.text);
        const failed = fails.get(record.id) ?? 0;
        if (n % 20 === 0 && failed < 1 + ((n / 20) % 3)) {
          fails.set(record.id, failed + 1);
          throw failing('retry', { certain: n % 40 === 0 });
        }
        seen.push(`${record.key} ${record.operation.text}`);
        return {};
      },
    });
    await rig.delivery.start();
    const entries = Array.from({ length: 400 }, (_, n) => entry(`e${n}`, `c${n % 4}`, { text: String(n) }));
    await rig.delivery.accept(acme, entries);
    await rig.drain();
    for (let key = 0; key < 4; key += 1)
      expect(seen.filter((one) => one.startsWith(`line:c${key} `))).toEqual(
        entries.filter((one) => one.key === `c${key}`).map((one) => `line:c${key} ${one.event.text}`),
      );
    expect(fails.size).toBe(20);
  });

  test('during a retry its key waits and others go on', async () => {
    let broken = true;
    const rig = createRig({
      transport: async (_tenant, record) => {
        if (broken && record.conversation === 'bad') throw failing('retry');
        rig.sent.push({
          key: record.conversation,
          text: record.operation.text,
          number: 0,
          unclearBefore: false,
        });
        return {};
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [
      entry('b1', 'bad'),
      entry('b2', 'bad'),
      entry('g1', 'good'),
      entry('g2', 'good'),
    ]);
    await until(() => rig.sent.length === 2);
    expect(rig.sent.map((one) => one.text)).toEqual(['g1', 'g2']);
    broken = false;
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['g1', 'g2', 'b1', 'b2']);
  });

  test('what stood in the way is gone: those that wait go on at once, in order, and others wait on', async () => {
    let broken = true;
    const sent: string[] = [];
    const rig = createRig({
      transport: async (_tenant, record) => {
        if (broken) throw failing('unreachable');
        sent.push(record.operation.text);
        return {};
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a1', 'a'), entry('a2', 'a'), entry('b1', 'b')]);
    await until(() => rig.delivery.depths().outbox.waiting === 2);
    broken = false;
    rig.delivery.hurry(as<TenantId>('globex'), () => true);
    rig.delivery.hurry(acme, ({ conversation }) => conversation === 'a');
    await until(() => sent.length === 2 && rig.delivery.depths().outbox.running === 0);
    expect(sent).toEqual(['a1', 'a2']);
    expect(rig.delivery.depths().outbox.waiting).toBe(1);
    await rig.drain();
    expect(sent).toEqual(['a1', 'a2', 'b1']);
  });

  test('not before Retry-After, and at most a tenth later', async () => {
    const times: number[] = [];
    const rig = createRig({
      random: Math.random,
      transport: async () => {
        times.push(rig.clock.now());
        if (times.length < 4) throw failing('retry', { retryAfterMs: 7000 });
        return {};
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await rig.drain();
    const gaps = times.slice(1).map((time, at) => time - times[at]!);
    expect(gaps).toHaveLength(3);
    for (const gap of gaps) {
      expect(gap).toBeGreaterThanOrEqual(7000);
      expect(gap).toBeLessThanOrEqual(7700);
    }
  });

  test('Retry-After holds over a restart', async () => {
    const first = createRig({
      transport: async () => {
        throw failing('retry', { retryAfterMs: 60_000 });
      },
    });
    await first.delivery.start();
    await first.delivery.accept(acme, [entry('a')]);
    await until(() => first.delivery.depths().outbox.waiting === 1);
    await first.delivery.stop(1000);
    const second = createRig({}, first);
    const begun = second.clock.now();
    await second.delivery.start();
    await second.drain();
    expect(second.clock.now() - begun).toBeGreaterThanOrEqual(60_000);
    expect(second.sent).toHaveLength(1);
  });

  test('gives up after the maximum age with the last reason, tells it, and goes on with the next', async () => {
    const rig = createRig({
      retryRules: { maximumAgeMs: 600_000 },
      transport: async (_tenant, record) => {
        if (record.operation.text === 'a') throw failing('retry');
        rig.sent.push({ key: '', text: record.operation.text, number: 0, unclearBefore: false });
        return {};
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a'), entry('b')]);
    const begun = rig.clock.now();
    await rig.drain();
    expect(rig.clock.now() - begun).toBeGreaterThan(500_000);
    expect(rig.clock.now() - begun).toBeLessThanOrEqual(600_000);
    expect(await recordOf(rig, 'a')).toMatchObject({
      status: 'failed',
      queued: false,
      failure: { reason: 'because retry' },
    });
    expect(rig.decided).toContain('a failed');
    expect(rig.sent.map((one) => one.text)).toEqual(['b']);
  });

  test.each(['permanent', 'windowClosed', 'optedOut'] as const)('%s fails at once', async (kind) => {
    let calls = 0;
    const rig = createRig({
      transport: async () => {
        calls += 1;
        throw failing(kind);
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await rig.drain();
    expect(calls).toBe(1);
    expect(await recordOf(rig, 'a')).toMatchObject({ status: 'failed', failure: { kind, certain: true } });
    expect(rig.decided).toEqual(['a', 'a failed']);
  });

  test.each(['unauthorised', 'unreachable'] as const)(
    '%s is told once and tried again slowly',
    async (kind) => {
      const times: number[] = [];
      const rig = createRig({
        delayEvent: (record) => ({
          text: `${record.id} waits`,
          result: { id: record.id, status: record.status },
        }),
        transport: async () => {
          times.push(rig.clock.now());
          if (times.length < 4) throw failing(kind);
          return {};
        },
      });
      await rig.delivery.start();
      await rig.delivery.accept(acme, [entry('a')]);
      await rig.drain();
      expect(rig.decided).toEqual(['a', 'a waits']);
      expect(times[3]! - times[0]!).toBeGreaterThanOrEqual(3 * 15_000);
      expect((await recordOf(rig, 'a'))?.status).toBe('sent');
    },
  );

  test('whatever else a transport throws is tried again as possibly sent', async () => {
    const rig = createRig({
      transport: async (_tenant, record, attempt) => {
        rig.sent.push({ key: record.key, text: record.id, ...attempt });
        if (rig.sent.length === 1) throw new TypeError('x is undefined');
        return {};
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await rig.drain();
    expect(rig.sent).toMatchObject([
      { number: 1, unclearBefore: false },
      { number: 2, unclearBefore: true },
    ]);
  });

  test('a slow group of legs leaves places for the others', async () => {
    const gates: (() => void)[] = [];
    const rig = createRig({
      outboxLimits: { overall: 100, perGroup: 5 },
      outboxGroup: (tenant) => tenant,
      transport: async (tenant, record) => {
        if (tenant === acme) await new Promise<void>((resolve) => gates.push(resolve));
        rig.sent.push({ key: record.key, text: record.id, number: 0, unclearBefore: false });
        return {};
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(
      acme,
      Array.from({ length: 50 }, (_, n) => entry(`slow${n}`, `k${n}`)),
    );
    await until(() => gates.length === 5);
    await rig.delivery.accept(as<TenantId>('other'), [entry('quick', 'k')]);
    await until(() => rig.sent.length === 1);
    expect(rig.sent[0]?.text).toBe('quick');
    while (rig.delivery.depths().outbox.keys > 0) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(rig.sent).toHaveLength(51);
  });
});

describe('after a crash in the middle of a call', () => {
  /** Leaves the engine as a crash does: the call never answers, nothing is committed any more. */
  async function crashDuringCall(
    policy: ResendPolicy,
    more: Parameters<typeof createRig>[0] = {},
  ): Promise<Rig> {
    let called = false;
    const first = createRig({
      resendPolicy: async () => policy,
      transport: async () => {
        called = true;
        return new Promise(() => undefined);
      },
    });
    await first.delivery.start();
    await first.delivery.accept(acme, [entry('a'), entry('b')]);
    await until(() => called && first.delivery.depths().inbox.keys === 0);
    const second = createRig({ resendPolicy: async () => policy, ...more }, first);
    await second.delivery.start();
    await second.drain();
    return second;
  }

  test.each(['safe', 'resend'] as const)(
    '%s: sends again, and says that it may be a repetition',
    async (policy) => {
      const rig = await crashDuringCall(policy);
      expect(rig.sent).toMatchObject([{ text: 'a', unclearBefore: true }, { text: 'b' }]);
      expect(rig.sent[1]?.unclearBefore).toBe(policy === 'safe');
      expect((await recordOf(rig, 'a'))?.status).toBe('sent');
    },
  );

  test('ask: does not send again, says so, and goes on', async () => {
    const rig = await crashDuringCall('ask');
    expect(rig.sent).toMatchObject([{ text: 'b', unclearBefore: false }]);
    expect(await recordOf(rig, 'a')).toMatchObject({ status: 'unclear', failure: { certain: false } });
    expect(rig.decided).toEqual(['a unclear']);
  });

  test.each(['crash', 'failure'] as const)(
    'ask: after a %s, the network is asked before the agent',
    async (how) => {
      const asked: string[] = [];
      const lookUp = async (_tenant: unknown, { id }: { id: string }) => {
        asked.push(id);
        return { nativeId: `found-${id}` };
      };
      const transport = async () => {
        throw failing('retry', { certain: false });
      };
      const rig =
        how === 'crash'
          ? await crashDuringCall('ask', { lookUp })
          : createRig({ resendPolicy: async () => 'ask', lookUp, transport });
      if (how === 'failure') {
        await rig.delivery.start();
        await rig.delivery.accept(acme, [entry('a')]);
        await rig.drain();
      }
      expect(asked).toEqual(['a']);
      expect(await recordOf(rig, 'a')).toMatchObject({ status: 'sent', nativeId: 'found-a' });
      expect(rig.sent.map(({ text }) => text)).not.toContain('a');
    },
  );

  test('ask: an uncertain failure is not tried again', async () => {
    const rig = createRig({
      resendPolicy: async () => 'ask',
      transport: async () => {
        throw failing('retry', { certain: false });
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await rig.drain();
    expect((await recordOf(rig, 'a'))?.status).toBe('unclear');
  });

  test('`sending` is stored before the call unless the other side recognises the id', async () => {
    for (const policy of ['safe', 'resend', 'ask'] as const) {
      const stored: (string | undefined)[] = [];
      const rig = createRig({
        resendPolicy: async () => policy,
        transport: async (_tenant, record) => {
          stored.push((await recordOf(rig, record.id))?.status);
          return {};
        },
      });
      await rig.delivery.start();
      await rig.delivery.accept(acme, [entry('a')]);
      await rig.drain();
      expect(stored).toEqual([policy === 'safe' ? 'pending' : 'sending']);
    }
  });
});

describe('the end of a delivery', () => {
  test.each([
    ['always', ['a sent']],
    ['failure', []],
    ['never', []],
  ] as const)('tell %s after success', async (tell, told) => {
    const rig = createRig({
      decide: async (_tenant, { event }) => {
        rig.decided.push(event.text);
        return event.result === undefined
          ? { ...nothing, deliveries: [deliveryTo('a', 'c1', tell)] }
          : nothing;
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('go')]);
    await rig.drain();
    expect(rig.decided).toEqual(['go', ...told]);
  });

  test('is stored although the store is away just then, without calling again', async () => {
    const rig = createRig({
      transport: async (_tenant, record, attempt) => {
        rig.sent.push({ key: record.key, text: record.id, ...attempt });
        rig.store.outage = 'before';
        return { nativeId: 'n' };
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await until(() => rig.sent.length === 1);
    rig.store.outage = 'after';
    rig.clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
    rig.store.outage = 'none';
    await until(() => {
      rig.clock.advance(100);
      return rig.delivery.depths().outbox.keys === 0;
    });
    expect(rig.sent).toHaveLength(1);
    expect(await recordOf(rig, 'a')).toMatchObject({ status: 'sent', nativeId: 'n', queued: false });
  });

  test('is told once, although the answer of its commit got lost', async () => {
    const rig = createRig({
      transport: async () => {
        throw failing('permanent');
      },
    });
    let lost = false;
    rig.store.beforeCommit = (_tenant, writes) => {
      const ends = writes.some(
        (write) => write.op === 'put' && (write.value as Partial<DeliveryRecord>).status === 'failed',
      );
      rig.store.outage = ends && !lost ? 'after' : 'none';
      lost ||= ends;
    };
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await until(() => {
      rig.clock.advance(100);
      return lost && rig.delivery.depths().outbox.keys === 0;
    });
    await rig.drain();
    expect(rig.decided).toEqual(['a', 'a failed']);
  });

  test("a transport's refused writes do not hold up its key", async () => {
    const rig = createRig({
      transport: async (_tenant, record, attempt) => {
        rig.sent.push({ key: record.key, text: record.id, ...attempt });
        return { writes: [{ op: 'delete', collection: deliveries, id: 'nowhere', expect: 5 }] };
      },
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a'), entry('b')]);
    await rig.drain();
    expect(rig.sent.map((one) => one.text)).toEqual(['a', 'b']);
  });

  test('is kept for 30 days with its native id', async () => {
    const rig = createRig();
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await rig.drain();
    rig.clock.jump(29 * 86_400_000);
    await rig.delivery.sweep();
    expect((await recordOf(rig, 'a'))?.nativeId).toBe('native-a');
    rig.clock.jump(2 * 86_400_000);
    await rig.delivery.sweep();
    expect(await recordOf(rig, 'a')).toBeUndefined();
    const native = nativeRecordId(as('line:c1'), 'native-a');
    expect(await rig.store.get(acme, nativeRecords, native)).toBeUndefined();
  });

  test('the same delivery asked for by two decisions goes out once', async () => {
    const rig = createRig({
      decide: async () => ({ ...nothing, deliveries: [deliveryTo('same'), deliveryTo('same')] }),
    });
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('one'), entry('two')]);
    await rig.drain();
    expect(rig.sent).toHaveLength(1);
  });
});

describe('retry by hand', () => {
  test('sends a failed one once more, at the end of the queue, and counts its tries', async () => {
    let broken = true;
    const rig = createRig({
      transport: async (_tenant, record: DeliveryRecord<Operation>) => {
        if (broken && record.operation.text === 'a') throw failing('permanent');
        rig.sent.push({ key: record.id, text: record.operation.text, number: 0, unclearBefore: false });
        return {};
      },
    });
    const id = as<DeliveryId>('a');
    await rig.delivery.start();
    await rig.delivery.accept(acme, [entry('a')]);
    await rig.drain();
    expect(await rig.delivery.retry(acme, id)).toBe(true);
    await rig.drain();
    expect((await recordOf(rig, 'a.r1'))?.status).toBe('failed');
    broken = false;
    expect(await Promise.all([rig.delivery.retry(acme, id), rig.delivery.retry(acme, id)])).toEqual([
      true,
      false,
    ]);
    await rig.drain();
    expect(rig.sent).toMatchObject([{ key: 'a.r2', text: 'a' }]);
    expect(await rig.delivery.retry(acme, id)).toBe(false);
    expect(await rig.delivery.retry(acme, as('unknown'))).toBe(false);
  });
});

test('stop: nothing new begins, what is under way ends within the grace time', async () => {
  let release = (): void => undefined;
  const rig = createRig({
    transport: async (_tenant, record, attempt) => {
      rig.sent.push({ key: record.key, text: record.id, ...attempt });
      await new Promise<void>((resolve) => (release = resolve));
      return {};
    },
  });
  await rig.delivery.start();
  await rig.delivery.accept(acme, [entry('a'), entry('b')]);
  await until(() => rig.sent.length === 1);
  let stopped = false;
  const stopping = rig.delivery.stop(10_000).then(() => (stopped = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  await expect(rig.delivery.accept(acme, [entry('c')])).rejects.toThrow('stopped');
  release();
  await stopping;
  expect((await recordOf(rig, 'a'))?.status).toBe('sent');
  expect((await recordOf(rig, 'b'))?.status).toBe('pending');
  expect(rig.sent).toHaveLength(1);
});

test('stop: does not wait longer than the grace time', async () => {
  const rig = createRig({ transport: async () => new Promise(() => undefined) });
  await rig.delivery.start();
  await rig.delivery.accept(acme, [entry('a')]);
  await until(() => rig.delivery.depths().outbox.running === 1);
  const stopping = rig.delivery.stop(10_000);
  rig.clock.advance(10_000);
  await stopping;
});
