import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './peer-server.ts';
import {
  createTransactionPusher,
  createWebhookSender,
  noFaults,
  startReceivingPeer,
  type PeerFaults,
} from './relay-peers.ts';
import { seededRandom } from './seeded-random.ts';
import type { World } from './world.ts';

export interface RelayWorldOptions {
  readonly seed: number;
  readonly conversations: number;
  readonly faults: PeerFaults;
  /** `ask`: a network that takes the same message twice; what may have gone out is not sent again, but shown. */
  readonly policy: 'safe' | 'ask';
  /** A fault in the process itself (relay-process.ts). */
  readonly plant?: string;
}

const unclearMark = 'unclear ';

/** The delivery engine alone between two stand-ins. */
export async function createRelayWorld(options: RelayWorldOptions): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-chaos-'));
  const random = seededRandom(options.seed + 1);
  const homeserver = await startReceivingPeer(true, random);
  const network = await startReceivingPeer(options.policy === 'safe', random);
  homeserver.faults = options.faults;
  network.faults = options.faults;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const webhooks = createWebhookSender(`${url}/webhook`);
  const transactions = createTransactionPusher(`${url}/transactions`);
  return {
    target: {
      command: process.execPath,
      args: [
        '--disable-warning=ExperimentalWarning',
        fileURLToPath(new URL('relay-process.ts', import.meta.url)),
      ],
      env: {
        RELAY_PORT: String(port),
        RELAY_DIRECTORY: directory,
        RELAY_HOMESERVER: homeserver.url,
        RELAY_NETWORK: network.url,
        RELAY_POLICY: options.policy,
        PLANT: options.plant ?? '',
      },
      readyUrl: `${url}/ready`,
    },
    places: Array.from({ length: options.conversations }, (_, n) => ({
      tenant: `tenant${n % 2}`,
      conversation: `c${n}`,
    })),
    customerSays: async (place, text) => webhooks.say(place, text),
    agentSays: async (place, text) => transactions.say(place, text),
    seenByAgents: () => homeserver.seen.filter((one) => !one.text.startsWith(unclearMark)),
    seenByCustomers: () => network.seen,
    shownUnclear: () =>
      homeserver.seen
        .filter((one) => one.text.startsWith(unclearMark))
        .map((one) => one.text.slice(unclearMark.length)),
    heal() {
      homeserver.faults = noFaults;
      network.faults = noFaults;
    },
    async close() {
      webhooks.close();
      transactions.close();
      await Promise.all([homeserver.close(), network.close()]);
      await rm(directory, { recursive: true });
    },
  };
}
