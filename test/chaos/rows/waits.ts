import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDelivery } from '../../../src/delivery/delivery-engine.ts';
import { roomLeg } from '../../../src/delivery/message-links.ts';
import { deliveryFailureOf } from '../../../src/matrix/operations/delivery-failure.ts';
import { createHomeserverClient } from '../../../src/matrix/transport/create-homeserver-client.ts';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { derivedId } from '../../../src/platform/derived-id.ts';
import { as, type MatrixRoomId, type TenantId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { openNedbStore } from '../../../src/store/nedb/open-nedb-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { createJumpingClock } from '../../delivery/jumping-clock.ts';
import { openShared } from '../../store/postgres-place.ts';
import { startPeerServer } from '../peer-server.ts';
import { seededRandom } from '../seeded-random.ts';
import { bothStores, unless, type Row, type RowReport, type RowSetting } from './row.ts';

/** How the homeserver answers while it is ill. */
interface Illness {
  readonly name: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** That it names, milliseconds. */
  readonly retryAfterMs?: number;
}

const illnesses: readonly Illness[] = [
  { name: '500', status: 500 },
  { name: '502', status: 502 },
  { name: 'reset', status: 0 },
  { name: '429 and 7 s', status: 429, headers: { 'retry-after': '7' }, retryAfterMs: 7000 },
  { name: '429 and 45 s', status: 429, headers: { 'retry-after': '45' }, retryAfterMs: 45_000 },
  { name: '503 and 120 s', status: 503, headers: { 'retry-after': '120' }, retryAfterMs: 120_000 },
];
const illForMs = 600_000;
const capMs = 60_000;
/** Of one call, within the transport. */
const transportWaitMs = 30_000;
const conversations = 20;
const tenant = as<TenantId>('acme');

/**
 * R14: engine and transport together, on a clock that the run moves, against a server on loopback that is ill for ten minutes: nothing is
 * given up, and what waits keeps to what it was told, or to its cap.
 */
export const waits: Row = {
  id: 'R14',
  promise:
    '10 minutes of 429, 5xx or resets drop nothing; Retry-After is kept within 10%, other waits are spread and at most 60 s',
  stores: bothStores,
  run: async (setting) => {
    const found: RowReport[] = [];
    for (const illness of illnesses) found.push(await tenMinutesOf(illness, setting));
    return {
      wrong: found.flatMap(({ wrong }) => wrong),
      figures: Object.assign({}, ...found.map(({ figures }) => figures)) as RowReport['figures'],
    };
  },
};

interface Attempt {
  readonly path: string;
  readonly at: number;
  readonly ok: boolean;
}

async function tenMinutesOf(illness: Illness, setting: RowSetting): Promise<RowReport> {
  const each = setting.full ? 20 : 3;
  const random = seededRandom(setting.seed);
  const clock = createJumpingClock();
  const wellAt = clock.now() + illForMs;
  const attempts: Attempt[] = [];
  const homeserver = await startPeerServer((request, _body, response) => {
    const ok = clock.now() >= wellAt;
    attempts.push({ path: request.url ?? '', at: clock.now(), ok });
    if (!ok && illness.status === 0) response.destroy();
    else if (!ok) response.writeHead(illness.status, illness.headers).end('{"errcode":"M_UNKNOWN"}');
    else response.writeHead(200).end(JSON.stringify({ event_id: `$${attempts.length}` }));
  });
  let sleeping = 0;
  const client = createHomeserverClient({
    ...{ url: homeserver.url, asToken: 'a-token-of-chaos-runs', random },
    clock: countingWaits(clock, (change) => (sleeping += change)),
  });
  const place = await openPlace(setting);
  const ended: string[] = [];
  const delivery = createDelivery<{ readonly nth: number }, { readonly nth: number }>({
    ...{ store: place.store, clock, logger: silentLogger, random },
    resendPolicy: async () => 'safe',
    resultEvent: (record) => record.operation,
    decide: async (_tenant, { id, key, event }) => ({
      ...{ writes: [], timers: [] },
      deliveries: [
        {
          ...{ id: derivedId('waits', id), key: roomLeg(key), conversation: key, operation: event },
          tell: 'never',
        },
      ],
    }),
    transport: async (_tenant, record) => {
      try {
        const event = await client.sendEvent({
          ...{ room: as<MatrixRoomId>(`!${record.conversation}`), type: 'm.room.message' },
          ...{ content: record.operation, txnId: `${record.operation.nth}` },
        });
        return { nativeId: event };
      } catch (error) {
        const failure = deliveryFailureOf(error);
        if (!/retry/.test(String((failure as { kind?: string }).kind))) ended.push(record.id);
        throw failure;
      }
    },
  });
  try {
    await delivery.start();
    for (let nth = 0; nth < each; nth += 1)
      for (let conversation = 0; conversation < conversations; conversation += 1)
        await delivery.accept(tenant, [
          { id: as(`e${conversation}-${nth}`), key: as(`c${conversation}`), event: { nth } },
        ]);
    let idle = false;
    void delivery.idle().then(() => (idle = true));
    while (!idle) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      const { inbox, outbox } = delivery.depths();
      const next = clock.nextIn();
      // Time goes on only while everybody waits for it.
      if (inbox.running === 0 && outbox.running === sleeping && next !== undefined) clock.advance(next);
    }
    await delivery.stop(0);
  } finally {
    await client.close();
    await homeserver.close();
    await place.close();
  }
  return judge(illness, attempts, each * conversations, ended.length);
}

function judge(illness: Illness, attempts: readonly Attempt[], sent: number, givenUp: number): RowReport {
  const arrived = attempts.filter(({ ok }) => ok).map(({ path }) => path);
  const inOrder = [...Map.groupBy(arrived, (path) => path.split('/send/')[0]).values()].every((paths) =>
    paths.every((path, nth) => path.endsWith(`/${nth}`)),
  );
  const gaps = [...Map.groupBy(attempts, ({ path }) => path).values()].flatMap((some) =>
    some.slice(1).map((attempt, nth) => attempt.at - (some[nth]?.at ?? 0)),
  );
  const [shortest, longest] = [Math.min(...gaps), Math.max(...gaps)];
  const told = illness.retryAfterMs;
  const most = told === undefined ? Math.max(capMs, transportWaitMs) : told * 1.1 + 1;
  const what = `${illness.name}: `;
  return {
    wrong: [
      ...unless(givenUp === 0, `${what}${givenUp} were given up`),
      ...unless(
        arrived.length === sent && new Set(arrived).size === sent,
        `${what}${arrived.length} of ${sent} arrived`,
      ),
      ...unless(inOrder, `${what}not in order`),
      ...unless(gaps.length > 0 && longest <= most, `${what}a wait of ${longest} ms`),
      ...unless(told === undefined || shortest >= told, `${what}a wait of ${shortest} ms only`),
      // Those who failed together must not come back together.
      ...unless(
        new Set(gaps).size > gaps.length / 10,
        `${what}${new Set(gaps).size} different waits of ${gaps.length}`,
      ),
    ],
    figures: { [`${illness.name} waits`]: `${Math.round(shortest)}-${Math.round(longest)} ms` },
  };
}

function countingWaits(clock: Clock, count: (change: number) => void): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after(delayMs, action) {
      count(1);
      let over = false;
      const end = (): void => {
        if (!over) count(-1);
        over = true;
      };
      const cancel = clock.after(delayMs, () => {
        end();
        action();
      });
      return () => {
        end();
        cancel();
      };
    },
  };
}

async function openPlace(setting: RowSetting): Promise<{ readonly store: Store; close(): Promise<void> }> {
  const { server } = setting;
  if (setting.store === 'postgres' && server !== undefined) {
    const database = await server.createDatabase();
    const store = await openShared(database);
    return {
      store,
      async close() {
        await store.close();
        await server.dropDatabase(database);
      },
    };
  }
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-chaos-'));
  const store = await openNedbStore({ directory, clock: systemClock, logger: silentLogger });
  return {
    store,
    async close() {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
}
