import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeliveryFailure } from '../../../src/delivery/delivery.ts';
import { createDeclaredDirectory } from '../../../src/directory/directory.ts';
import { as, type LineId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { createSendCounters, type SendCounters } from '../../../src/sessions/sending/send-counters.ts';
import { openNedbStore } from '../../../src/store/nedb/open-nedb-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';
import { acme, tenantOf } from '../world.ts';

const clock = manualClock(Date.UTC(2026, 10, 21, 12));
const directory = createDeclaredDirectory([tenantOf({ sendLimits: { perDay: 10 } })]);
let place: string;
let store: Store;

async function openStore(): Promise<Store> {
  return openNedbStore({ directory: place, fsync: false, clock, logger: silentLogger });
}
beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'switchboard-sending-'));
  store = await openStore();
});
afterEach(async () => {
  await store.close();
  rmSync(place, { recursive: true, force: true });
});

function open(): SendCounters {
  return createSendCounters({
    store,
    directory,
    clock,
    onBeyond: () => undefined,
    onSegments: () => undefined,
  });
}

/** How many of them may go out. */
async function send(counters: SendCounters, count: number, mark: string): Promise<number> {
  const tried = Array.from({ length: count }, async (_, n) =>
    counters
      .count(acme, {
        line: as<LineId>('front'),
        address: { id: as(`${mark}${String(n)}`) },
        message: { content: { kind: 'text', text: 'Hello' } },
        delivery: `${mark}-${String(n)}`,
      })
      .then(() => 1)
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(DeliveryFailure);
        expect((error as DeliveryFailure).certain).toBe(true);
        return 0;
      }),
  );
  return (await Promise.all(tried)).reduce<number>((sum, one) => sum + one, 0);
}

describe('the count of what went out', () => {
  it('is kept over a restart', async () => {
    expect(await send(open(), 7, 'a')).toBe(7);
    await store.close();
    store = await openStore();
    expect(await send(open(), 7, 'b')).toBe(3);
  });

  it('is one for all replicas, also where they count at the same moment', async () => {
    const taken = await Promise.all([send(open(), 8, 'a'), send(open(), 8, 'b')]);
    expect(taken[0] + taken[1]).toBe(10);
  });
});
