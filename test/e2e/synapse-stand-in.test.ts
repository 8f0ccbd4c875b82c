import { describe, expect, test } from 'vitest';
import { ensureSynapse } from '../../dev/synapse/ensure-synapse.ts';
import { startSynapse } from '../../dev/synapse/start-synapse.ts';
import { createAppserviceEndpoint } from '../../src/matrix/appservice/appservice-endpoint.ts';
import { generateRegistration, type Registration } from '../../src/matrix/registration.ts';
import type { RawRoomEvent } from '../../src/matrix/room-input.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { runComparison, type Outcome } from '../peers/homeserver/comparison.ts';
import { startStandIn } from '../peers/homeserver/stand-in-homeserver.ts';

const synapse = await ensureSynapse(console.log);
if ('unavailable' in synapse) console.warn(`skipped: ${synapse.unavailable}`);

interface Seen {
  readonly outcomes: readonly Outcome[];
  /** What was pushed, each event once, as far as it does not differ by chance. */
  readonly pushed: readonly (readonly unknown[])[];
}

interface Server {
  readonly url: string;
  readonly secret: string;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs the script against a server that pushes to an endpoint of ours. */
async function observe(start: (registration: Registration) => Promise<Server>): Promise<Seen> {
  const registration = generateRegistration({
    id: 'sb',
    url: 'http://127.0.0.1:1',
    prefix: '_sb_',
    domain: 'localhost',
  });
  const events = new Map<string, RawRoomEvent>();
  const endpoint = createAppserviceEndpoint(
    [
      {
        settings: {
          id: as('main'),
          url: '',
          domain: 'localhost',
          registration: {
            id: 'sb',
            asToken: registration.as_token,
            hsToken: registration.hs_token,
            senderLocalpart: registration.sender_localpart,
            prefix: '_sb_',
          },
        },
        onTransaction: async (pushed) => {
          for (const event of pushed) if (!events.has(event.event_id)) events.set(event.event_id, event);
        },
      },
    ],
    { clock: systemClock, logger: silentLogger },
  );
  const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
  const server = await start({ ...registration, url: `http://127.0.0.1:${port}` });
  const pushed = () => [...events.values()];
  try {
    const outcomes = await runComparison(
      { url: server.url, serverName: 'localhost', registration, registrationSecret: server.secret },
      async () => {
        // What is in flight when Synapse is killed it leaves lying (rules.ts), so let the last event before it arrive.
        await expect.poll(() => pushed().some(({ content }) => content['mark'] === 'x6')).toBe(true);
        await server.restart();
      },
      async (event) => expect.poll(() => events.has(event)).toBe(true),
    );
    // The upgrade's last word is that the old room falls silent.
    const isOver = (): boolean => {
      const tombstone = pushed().findIndex(({ type }) => type === 'm.room.tombstone');
      return pushed()
        .slice(tombstone + 1)
        .some(
          ({ type, room_id }) => type === 'm.room.power_levels' && room_id === pushed()[tombstone]?.room_id,
        );
    };
    await expect.poll(isOver).toBe(true);
    return { outcomes, pushed: pushed().map(comparable) };
  } finally {
    await server.stop();
    await endpoint.stop(100);
  }
}

function comparable(event: RawRoomEvent): unknown[] {
  const { type, sender, state_key, content, redacts } = event;
  return [
    type,
    sender,
    state_key,
    content['membership'] ?? content['body'] ?? Object.keys(content).sort().join(),
    content['displayname'],
    redacts === undefined,
    Object.keys(event).sort().join(),
  ];
}

describe.skipIf('unavailable' in synapse)('the stand-in homeserver', () => {
  test('gives the outcomes that Synapse gives, and pushes what Synapse pushes', async () => {
    if ('unavailable' in synapse) return;
    const expected = await observe(async (registration) => {
      const real = await startSynapse({ root: synapse.root, registrations: [registration] });
      return { ...real, url: real.base, secret: real.registrationSecret };
    });
    const found = await observe(async (registration) => {
      const standIn = await startStandIn({ registrations: [registration], serverName: 'localhost' });
      return {
        url: standIn.url,
        secret: standIn.registrationSecret,
        restart: () => standIn.restart(),
        stop: () => standIn.stop(),
      };
    });
    expect(expected.outcomes.length).toBeGreaterThan(95);
    expect(found.outcomes).toEqual(expected.outcomes);
    expect(expected.pushed.length).toBeGreaterThan(40);
    expect(found.pushed).toEqual(expected.pushed);
  });
});
