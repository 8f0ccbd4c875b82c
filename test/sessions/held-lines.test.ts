import { expect, onTestFinished, test, vi } from 'vitest';
import { as, type LineId, type QueueId, type TenantId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import type { LineSettings } from '../../src/directory/tenant.ts';
import { createHeldLines } from '../../src/sessions/held-lines.ts';
import { Lines } from '../../src/sessions/lines.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { startComponentServer } from '../channels/xmpp/component-server.ts';
import { createFaultyStore } from '../delivery/faulty-store.ts';
import { manualClock } from '../fixtures/manual-clock.ts';
import { createSignalHub } from '../replicas/signal-hub.ts';
import { tenantOf } from './world.ts';

const acme = as<TenantId>('acme');
const [left, right] = [as<LineId>('left'), as<LineId>('right')];

/** Who has which line, and what was done with the connections. */
function rig() {
  const clock = manualClock();
  const holders = new Map<LineId, 'us' | 'others'>();
  const done: string[] = [];
  /** Those that cannot be opened for now. */
  const broken = new Set<LineId>();
  let away = false;
  let asked = 0;
  const lines = createHeldLines({
    clock,
    logger: silentLogger,
    hold: async (_tenant, line) => {
      asked += 1;
      if (away) throw new StoreUnavailable('away');
      if (holders.has(line)) return undefined;
      holders.set(line, 'us');
      done.push(`hold ${line}`);
      return {
        isHeld: () => holders.get(line) === 'us',
        giveBack: async () => {
          done.push(`give back ${line}`);
          if (holders.get(line) === 'us') holders.delete(line);
        },
      };
    },
    async open(_tenant, line) {
      if (broken.has(line)) throw new StoreUnavailable('away');
      done.push(`open ${line}`);
      return Promise.resolve();
    },
    close: async (_tenant, line) => void done.push(`close ${line}`),
  });
  lines.add(acme, left);
  lines.add(acme, right);
  return {
    lines,
    holders,
    broken,
    done,
    asked: () => asked,
    setAway: (to: boolean) => (away = to),
    pass: async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100);
        await new Promise(setImmediate);
      }
    },
  };
}

test('opens what is free, closes at once what it lost, and asks again for what others have', async () => {
  const { lines, holders, done, pass, asked } = rig();
  holders.set(right, 'others');
  await lines.look();
  expect(done).toEqual(['hold left', 'open left']);
  holders.set(left, 'others');
  await pass(500);
  expect(done.splice(0)).toEqual(['hold left', 'open left', 'close left', 'give back left']);
  holders.delete(right);
  await pass(3000);
  expect(done.splice(0)).toEqual(['hold right', 'open right']);
  const before = asked();
  await pass(9000);
  expect(asked() - before).toBe(3);
});

test('asks at once when it is told that a replica is gone, and goes on when the store was away', async () => {
  const { lines, holders, done, pass, setAway } = rig();
  holders.set(left, 'others').set(right, 'others');
  await lines.look();
  holders.delete(left);
  await lines.look();
  expect(done.splice(0)).toEqual(['hold left', 'open left']);
  setAway(true);
  holders.delete(right);
  await pass(4000);
  setAway(false);
  await pass(3000);
  expect(done).toEqual(['hold right', 'open right']);
});

test('gives back at once what it cannot open, so that it is nobody’s, and asks again until it can', async () => {
  const { lines, holders, broken, done, pass } = rig();
  broken.add(left);
  await lines.look();
  expect(done.splice(0).filter((one) => one.endsWith('left'))).toEqual([
    'hold left',
    'close left',
    'give back left',
  ]);
  expect([...holders]).toEqual([[right, 'us']]);
  broken.delete(left);
  await pass(3500);
  expect(done.splice(0)).toEqual(['hold left', 'open left']);

  broken.add(right);
  await lines.renew(acme, right);
  expect(done.splice(0)).toEqual(['close right', 'close right', 'give back right']);
  broken.delete(right);
  await pass(3500);
  expect(done).toEqual(['hold right', 'open right']);
});

test('closes and gives back what it has when it ends, and asks for no more', async () => {
  const { lines, holders, done, pass } = rig();
  holders.set(right, 'others');
  await lines.look();
  await lines.close();
  expect(done).toEqual(['hold left', 'open left', 'close left', 'give back left']);
  holders.delete(right);
  await pass(10_000);
  expect(done).toHaveLength(4);
});

test('opens one anew that has other parameters, if it is ours; keeps its hold, and touches no other', async () => {
  const { lines, holders, done, pass } = rig();
  await lines.look();
  done.splice(0);
  await lines.renew(acme, left);
  expect(done.splice(0)).toEqual(['close left', 'open left']);
  holders.set(right, 'others');
  await pass(500);
  done.splice(0);
  await lines.renew(acme, right);
  expect(done.splice(0)).toEqual([]);
  holders.delete(right);
  await pass(3000);
  expect(done).toEqual(['hold right', 'open right']);
});

test('takes up one that is new, and leaves one that is no more', async () => {
  const { lines, holders, done, pass } = rig();
  const third = as<LineId>('third');
  await lines.renew(acme, third);
  expect(done.splice(0)).toEqual(['hold third', 'open third']);
  await lines.look();
  done.splice(0);
  await lines.remove(acme, third);
  await lines.remove(acme, third);
  expect(done.splice(0)).toEqual(['close third', 'give back third']);
  await pass(10_000);
  expect([...holders.keys()]).toEqual([left, right]);
  expect(done).toEqual([]);
});

test('what other tenants send by a line that they share is ours as long as its connection is', async () => {
  const clock = manualClock();
  const shared = as<TenantId>('shared');
  const [bolt, cog] = [as<TenantId>('bolt'), as<TenantId>('cog')];
  const others = new Set<string>();
  const held = new Set<string>();
  const done: string[] = [];
  let sharing = [acme, bolt];
  const lines = createHeldLines({
    clock,
    logger: silentLogger,
    hold: async (tenant) => {
      if (others.has(tenant)) return undefined;
      held.add(tenant);
      done.push(`hold for ${tenant}`);
      return {
        isHeld: () => held.has(tenant),
        giveBack: async () => {
          held.delete(tenant);
          done.push(`give back for ${tenant}`);
        },
      };
    },
    sharedBy: (owner) => (owner === shared ? sharing : []),
    open: async () => void done.push('open'),
    close: async () => void done.push('close'),
  });
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      await new Promise(setImmediate);
    }
  };
  lines.add(shared, left);
  others.add(bolt);
  await lines.look();
  expect(done.splice(0)).toEqual(['hold for shared', 'open', 'hold for acme']);
  others.delete(bolt);
  await pass(3000);
  expect(done.splice(0)).toEqual(['hold for bolt']);
  sharing = [bolt, cog];
  await pass(3000);
  expect(done.splice(0)).toEqual(['give back for acme', 'hold for cog']);
  // Another replica has the right of one of them: asked for again while the connection is ours.
  held.delete(cog);
  others.add(cog);
  await pass(3500);
  expect(done.splice(0)).toEqual(['give back for cog']);
  held.delete(shared);
  others.add(shared);
  await pass(500);
  expect(done.splice(0)).toEqual(['close', 'give back for bolt', 'give back for shared']);
  await lines.close();
  expect(done).toEqual([]);
});

test('an XMPP line that was taken over while the store was away is open when it is back', async () => {
  const clock = manualClock();
  const store = createFaultyStore();
  const parameters = { host: '127.0.0.1', port: 1, domain: 'sb.test', secret: 'a-secret-of-the-test' };
  const line: LineSettings = {
    ...{ id: left, channel: 'xmpp', displayName: 'XMPP', parameters },
    ...{ queue: as<QueueId>('support'), onUnclear: 'ask' },
  };
  const told: string[] = [];
  let ours = false;
  const lines = new Lines({
    ...{ store, clock, logger: silentLogger, publicUrl: 'https://sb.test' },
    directory: createDeclaredDirectory([{ ...tenantOf({}), lines: new Map([[left, line]]) }]),
    media: () => ({}) as never,
    files: () => ({}) as never,
    accept: async () => Promise.resolve(),
    typing: () => undefined,
    stateChanged: (_tenant, _line, state) =>
      told.push(`${state.state}${'reason' in state ? `: ${state.reason}` : ''}`),
    shared: {
      signals: createSignalHub()(),
      hold: async () => {
        ours = true;
        return Promise.resolve({
          isHeld: () => ours,
          giveBack: async () => Promise.resolve(void (ours = false)),
        });
      },
    },
  });
  store.outage = 'before';
  await lines.open();
  expect([told, ours]).toEqual([['disconnected: the line could not be opened'], false]);
  store.outage = 'none';
  await vi.waitFor(
    () => {
      clock.advance(500);
      expect(lines.all()).toHaveLength(1);
    },
    { interval: 10 },
  );
  expect(ours).toBe(true);
  await lines.close();
  expect(ours).toBe(false);
});

test('a line that does not let go holds up an end for 2 s at most, and no other line', async () => {
  const clock = manualClock();
  const server = await startComponentServer('a-secret-of-the-test', (socket) => {
    const message = `<message from='eve@localhost/a' to='x@sb.test' id='m1' type='chat'><body>Hi</body></message>`;
    socket.write(`<handshake/>${message}`);
  });
  onTestFinished(async () => {
    await server.close();
  });
  const parameters = {
    host: '127.0.0.1',
    domain: 'sb.test',
    secret: 'a-secret-of-the-test',
    defaultName: 'x',
  };
  const lineAt = (id: LineId, port: number): [LineId, LineSettings] => [
    id,
    {
      ...{ id, channel: 'xmpp', displayName: 'XMPP', parameters: { ...parameters, port } },
      ...{ queue: as<QueueId>('support'), onUnclear: 'ask' },
    },
  ];
  const ours = new Set<LineId>();
  const stuck = Promise.withResolvers<undefined>();
  let taken = 0;
  const lines = new Lines({
    ...{ store: createFaultyStore(), clock, logger: silentLogger, publicUrl: 'https://sb.test' },
    directory: createDeclaredDirectory([
      { ...tenantOf({}), lines: new Map([lineAt(left, server.port), lineAt(right, 1)]) },
    ]),
    media: () => ({}) as never,
    files: () => ({}) as never,
    accept: async () => {
      taken += 1;
      await stuck.promise;
    },
    typing: () => undefined,
    stateChanged: () => undefined,
    shared: {
      signals: createSignalHub()(),
      hold: async (_tenant, line) => {
        ours.add(line);
        return Promise.resolve({
          isHeld: () => ours.has(line),
          giveBack: async () => Promise.resolve(void ours.delete(line)),
        });
      },
    },
  });
  await lines.open();
  await vi.waitUntil(() => taken === 1);
  let ended = false;
  const closing = lines.close().then(() => (ended = true));
  await vi.waitUntil(() => !ours.has(right));
  expect([...ours]).toEqual([left]);
  clock.advance(1999);
  await new Promise(setImmediate);
  expect(ended).toBe(false);
  clock.advance(1);
  await closing;
  stuck.resolve(undefined);
  await vi.waitUntil(() => ours.size === 0);
});
