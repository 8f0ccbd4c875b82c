import { afterEach, describe, expect, it, vi } from 'vitest';
import { lineRules } from '../../../src/config/line-rules.ts';
import { createDeclaredDirectory } from '../../../src/directory/directory.ts';
import { openKeptLines } from '../../../src/open-kept-lines.ts';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { as, type LineId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { KeyRing } from '../../../src/secrets/key-ring.ts';
import { SecretBox } from '../../../src/secrets/secret-box.ts';
import { Lines } from '../../../src/sessions/lines.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';
import { createSignalHub } from '../../replicas/signal-hub.ts';
import { acme, openWorld, tenantOf, type World } from '../world.ts';

const xmppLine = as<LineId>('jabber');

let world: World;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Replicas on one store; the first that asks for the line has its connection, whose server refuses it. */
async function start(count: number, clock: Clock, lose = () => false) {
  world = await openWorld();
  stops.push(async () => world.close());
  const hub = createSignalHub(lose);
  let holder: number | undefined;
  const replicas = [];
  for (let replica = 0; replica < count; replica += 1) {
    const usual = tenantOf({ network: 'xmpp' });
    const [front] = usual.lines.values();
    if (front === undefined) throw new Error('the tenant has no line');
    const parameters = { domain: 'acme.example.org', host: '127.0.0.1', port: 1, secret: 'quite-a-secret' };
    const line = {
      ...front,
      id: xmppLine,
      parameters: lineRules.read(usual.id, { channel: 'xmpp', queue: 'support', parameters }).parameters,
    };
    const directory = createDeclaredDirectory([{ ...usual, lines: new Map([[xmppLine, line]]) }]);
    const signals = hub();
    const lines: Lines = new Lines({
      directory,
      store: world.store,
      clock,
      logger: silentLogger,
      publicUrl: 'http://switchboard.test',
      media: () => ({ open: refuse, signedLink: refuse, fetch: refuse }),
      files: () => ({ write: refuse, open: async () => undefined, remove: async () => undefined }),
      accept: async () => undefined,
      typing: () => undefined,
      stateChanged: () => undefined,
      shared: {
        signals,
        hold: async () => {
          if (holder !== undefined) return undefined;
          holder = replica;
          return { isHeld: () => holder === replica, giveBack: async () => undefined };
        },
      },
    });
    const kept = openKeptLines({
      directory,
      store: world.store,
      box: new SecretBox(new KeyRing({ read: () => ({ first: undefined, all: [] }), cure: 'none' })),
      clock,
      logger: silentLogger,
      lines,
      accept: world.delivery.accept,
      publicUrl: 'http://switchboard.test',
      signals,
    });
    await kept.load();
    await lines.open();
    stops.push(async () => {
      await kept.stop();
      await lines.close();
      await signals.close();
    });
    replicas.push({ verify: async () => kept.desk.verify(acme, xmppLine) });
  }
  return replicas;
}

function refuse(): never {
  throw new Error('nothing of this is done here');
}

describe('whether a line is well', () => {
  it('is known at every replica, though one has its connection', async () => {
    const [first, second, third] = await start(3, systemClock);
    // It is tried anew meanwhile, and known as it is at the moment.
    await vi.waitFor(async () => {
      const known = await first?.verify();
      expect(known?.problems.join()).toMatch(/ECONNREFUSED|connect/);
      expect(known?.outcome).toBe('refused');
      expect(await Promise.all([second?.verify(), third?.verify()])).toEqual([known, known]);
    });
  });

  it('is not known where the one that has it says nothing', async () => {
    let isLost = false;
    const clock = manualClock();
    const [, second] = await start(2, clock, () => isLost);
    isLost = true;
    const asked = second?.verify();
    const time = setInterval(() => clock.advance(1000), 1);
    expect(await asked).toEqual({ outcome: 'elsewhere', problems: [] });
    clearInterval(time);
  });
});
