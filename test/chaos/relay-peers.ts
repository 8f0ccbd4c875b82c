import { Agent, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Seen } from './checker.ts';
import { createHiccups, type Hiccups } from './hiccups.ts';
import { send, sendUntilTaken, startPeerServer } from './peer-server.ts';
import type { Place } from './world.ts';

/** How often a peer misbehaves, each in [0, 1]. */
export interface PeerFaults {
  /** 429 with a Retry-After; not taken. */
  readonly busy: number;
  /** 500; not taken. */
  readonly broken: number;
  /** Taken, and the connection cut before the answer. */
  readonly cut: number;
  /** Of every so many messages one is refused with 500, one to three times. */
  readonly failEvery?: number;
  /** Takes up to this long to take a message, milliseconds. */
  readonly slowMs?: number;
}

/** Where the relay delivers: `PUT /<tenant>/<conversation>/<id>`. */
export interface ReceivingPeer {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** Messages that came again after they had been taken. */
  readonly retransmits: number;
  faults: PeerFaults;
  /** Whatever it is sent for this conversation, it refuses with 500; counts how often. */
  stuck: { readonly conversation: string; attempts: number } | undefined;
  close(): Promise<void>;
}

export const noFaults: PeerFaults = { busy: 0, broken: 0, cut: 0 };

/** `dedupes`: knows ids that it has taken and answers without an effect, as Synapse does with transaction ids. */
export async function startReceivingPeer(dedupes: boolean, random: () => number): Promise<ReceivingPeer> {
  const seen: Seen[] = [];
  const taken = new Set<string>();
  let retransmits = 0;
  const hiccups = new Map<number, Hiccups>();
  const fails = (path: string): boolean => {
    const every = peer.faults.failEvery ?? 0;
    const known = hiccups.get(every) ?? createHiccups(every, random);
    hiccups.set(every, known);
    return known(path);
  };
  const answer = (response: ServerResponse, status: number): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ id: `native${seen.length}`, retry_after_ms: 30 }));
  };
  const server = await startPeerServer(async (incoming, body, response) => {
    const chance = random();
    const { busy, broken, cut, slowMs } = peer.faults;
    if (slowMs !== undefined) await sleep(random() * slowMs);
    if (chance < busy + broken) {
      answer(response, chance < busy ? 429 : 500);
      return;
    }
    const path = incoming.url ?? '';
    const [, tenant = '', conversation = ''] = path.split('/');
    if (peer.stuck?.conversation === conversation) {
      peer.stuck.attempts += 1;
      answer(response, 500);
      return;
    }
    if (fails(path)) {
      answer(response, 500);
      return;
    }
    const isRepetition = taken.has(path);
    if (isRepetition) retransmits += 1;
    if (!dedupes || !isRepetition) {
      taken.add(path);
      seen.push({ tenant, conversation, text: (body as { text: string }).text });
    }
    if (chance < busy + broken + cut) response.destroy();
    else answer(response, 200);
  });
  const peer: ReceivingPeer = {
    url: server.url,
    seen,
    get retransmits() {
      return retransmits;
    },
    faults: noFaults,
    stuck: undefined,
    close: async () => server.close(),
  };
  return peer;
}

/** The customers' network: each message by itself, the same again until it is acknowledged. */
export function createWebhookSender(url: string): {
  say(place: Place, text: string): Promise<void>;
  close(): void;
} {
  const agent = new Agent({ keepAlive: true });
  let closed = false;
  return {
    async say(place, text) {
      await sendUntilTaken(
        async () => send(agent, 'POST', url, { ...place, id: `in-${text}`, text }),
        () => closed,
      );
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

interface PushedEvent extends Place {
  readonly id: string;
  readonly text: string;
  readonly acknowledged: () => void;
}

/** At most this many events in a transaction (Synapse). */
const eventsPerTransaction = 100;

/** The homeserver's pushing side, by Synapse's rules: transactions in order, one in flight, the same one again until it is acknowledged. */
export function createTransactionPusher(url: string): {
  say(place: Place, text: string): Promise<void>;
  close(): void;
} {
  const agent = new Agent({ keepAlive: true });
  const waiting: PushedEvent[] = [];
  let closed = false;
  let pushing = false;
  let transactions = 0;
  const push = async (): Promise<void> => {
    pushing = true;
    while (waiting.length > 0 && !closed) {
      transactions += 1;
      const path = `${url}/${transactions}`;
      const events = waiting.splice(0, eventsPerTransaction);
      await sendUntilTaken(
        async () => send(agent, 'PUT', path, { events }),
        () => closed,
      );
      for (const event of events) event.acknowledged();
    }
    pushing = false;
  };
  return {
    async say(place, text) {
      return new Promise((resolve) => {
        waiting.push({ ...place, id: `$${text}`, text, acknowledged: resolve });
        if (!pushing) void push();
      });
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}
