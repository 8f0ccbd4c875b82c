import { afterEach, describe, expect, test } from 'vitest';
import { AwaitedReceipts } from '../../../src/channels/xmpp/awaited-receipts.ts';
import { as, type NativeMessageId } from '../../../src/platform/ids.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';
import { memoryRecords } from '../../fixtures/memory-records.ts';
import { createTestHost, type TestHost } from '../../fixtures/test-host.ts';

const alice = { id: as<never>('alice@example.org'), via: 'sales@bridge.example' };
const hosts: TestHost[] = [];

async function setUp(records = memoryRecords(), clock = manualClock()) {
  const host = await createTestHost({ channel: 'xmpp', clock, records });
  hosts.push(host);
  const awaited = new AwaitedReceipts(host, 60);
  await awaited.restore();
  return { host, clock, records, awaited };
}

const id = (name: string): NativeMessageId => as(name);
const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};
const written = (records: ReturnType<typeof memoryRecords>) =>
  records.list({ prefix: 'awaiting/', limit: 100 }).then((entries) => entries.map(({ key }) => key));

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

describe('awaiting receipts', () => {
  test('a receipt that comes at once costs no write and gives no event', async () => {
    const { host, clock, records, awaited } = await setUp();
    awaited.sent(id('sb.1'), alice);
    awaited.settled(id('sb.1'));
    clock.advance(600_000);
    await turns();
    expect(host.events).toEqual([]);
    expect(await written(records)).toEqual([]);
    await awaited.close();
    expect(clock.pending).toBe(0);
  });

  test('without a receipt in time, the message is unclear', async () => {
    const { host, clock, awaited } = await setUp();
    awaited.sent(id('sb.1'), alice);
    clock.advance(30_000);
    awaited.sent(id('sb.2'), alice);
    clock.advance(30_000);
    await turns();
    expect(host.events).toMatchObject([{ kind: 'receipt', status: 'unclear', target: 'sb.1', from: alice }]);
    clock.advance(30_000);
    await turns();
    expect(host.events.map((event) => event.kind === 'receipt' && event.target)).toEqual(['sb.1', 'sb.2']);
  });

  test('the wait goes on after a restart', async () => {
    const first = await setUp();
    first.awaited.sent(id('sb.1'), alice);
    first.clock.advance(10_000);
    await turns();
    // no close: a crash
    const second = await setUp(first.records, first.clock);
    second.clock.advance(49_999);
    await turns();
    expect(second.host.events).toEqual([]);
    second.clock.advance(1);
    await turns();
    expect(second.host.events).toHaveLength(1);
    second.clock.advance(1_000);
    await turns();
    expect(await written(second.records)).toEqual([]);
  });

  test('what was settled is not awaited again after a restart', async () => {
    const first = await setUp();
    first.awaited.sent(id('sb.1'), alice);
    first.clock.advance(1_000);
    await turns();
    expect(await written(first.records)).toEqual(['awaiting/sb.1']);
    first.awaited.settled(id('sb.1'));
    await first.awaited.close();
    expect(await written(first.records)).toEqual([]);
  });

  test('what is settled while it is being written is deleted again', async () => {
    const { clock, records, awaited } = await setUp();
    awaited.sent(id('sb.1'), alice);
    clock.advance(500); // the write has begun
    awaited.settled(id('sb.1'));
    await turns();
    await awaited.close();
    expect(await written(records)).toEqual([]);
  });

  test('while events cannot be stored, it is tried again', async () => {
    const { host, clock, awaited } = await setUp();
    awaited.sent(id('sb.1'), alice);
    host.failAccepts(true);
    clock.advance(60_000);
    await turns();
    expect(host.refusedAccepts).toBe(1);
    host.failAccepts(false);
    clock.advance(30_000);
    await turns();
    expect(host.events).toHaveLength(1);
  });
});
