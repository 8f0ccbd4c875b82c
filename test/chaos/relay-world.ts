import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { freePorts } from '../../dev/free-ports.ts';
import { startBalancer } from './balancer.ts';
import {
  createTransactionPusher,
  createWebhookSender,
  noFaults,
  startReceivingPeer,
  type PeerFaults,
  type ReceivingPeer,
} from './relay-peers.ts';
import { seededRandom } from './seeded-random.ts';
import type { ProcessUnderTest } from './supervised-process.ts';
import type { World } from './world.ts';

export interface RelayWorldOptions {
  readonly seed: number;
  readonly conversations: number;
  readonly faults: PeerFaults;
  /** `ask`: a network that takes the same message twice; what may have gone out is not sent again, but shown. `resend`: it is sent again. */
  readonly policy: 'safe' | 'ask' | 'resend';
  /** A fault in the process itself (relay-process.ts). */
  readonly plant?: string;
  /** How many processes share a database, and its URL. Default: one, on a store of its own. */
  readonly shared?: { readonly replicas: number; readonly database: string };
}

export interface RelayWorld extends World {
  readonly homeserver: ReceivingPeer;
  readonly network: ReceivingPeer;
  /** What each process counts; of its present life. */
  counts(): Promise<readonly RelayCounts[]>;
}

const relayCounts = z.object({
  /** Commits that the store refused because the lease under which they were made is another's by now. */
  lateCommits: z.number(),
  /** Commits that were tried under a lease. */
  commits: z.number(),
  /** What was set aside as impossible to handle, with why. */
  quarantined: z.array(z.object({ text: z.string(), reason: z.string() })),
});
export type RelayCounts = z.infer<typeof relayCounts>;

const unclearMark = 'unclear ';

/** The delivery engine alone between two stand-ins. */
export async function createRelayWorld(options: RelayWorldOptions): Promise<RelayWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-chaos-'));
  const random = seededRandom(options.seed + 1);
  const homeserver = await startReceivingPeer(true, random);
  const network = await startReceivingPeer(options.policy === 'safe', random);
  homeserver.faults = options.faults;
  network.faults = options.faults;
  const ports = await freePorts(options.shared?.replicas ?? 1);
  const balancer = options.shared === undefined ? undefined : await startBalancer(ports);
  const url = balancer?.url ?? `http://127.0.0.1:${ports[0]}`;
  const webhooks = createWebhookSender(`${url}/webhook`);
  const transactions = createTransactionPusher(`${url}/transactions`);
  const targetAt = (port: number): ProcessUnderTest => ({
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL('relay-process.ts', import.meta.url)),
    ],
    env: {
      RELAY_PORT: String(port),
      RELAY_DIRECTORY: directory,
      RELAY_DATABASE: options.shared?.database ?? '',
      RELAY_HOMESERVER: homeserver.url,
      RELAY_NETWORK: network.url,
      RELAY_POLICY: options.policy,
      PLANT: options.plant ?? '',
    },
    readyUrl: `http://127.0.0.1:${port}/ready`,
  });
  return {
    target: targetAt(ports[0] ?? 0),
    targets: ports.map(targetAt),
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
    retransmits: () => homeserver.retransmits + network.retransmits,
    homeserver,
    network,
    async counts() {
      const all = await Promise.all(
        ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/counts`)).json()),
      );
      return all.map((one) => relayCounts.parse(one));
    },
    heal() {
      homeserver.stuck = undefined;
      network.stuck = undefined;
      homeserver.faults = noFaults;
      network.faults = noFaults;
    },
    async close() {
      webhooks.close();
      transactions.close();
      await Promise.all([homeserver.close(), network.close(), balancer?.close()]);
      await rm(directory, { recursive: true });
    },
  };
}
