import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from './quantiles.ts';
import type { Rig } from './rig.ts';

export interface SteadyLoadOptions {
  readonly conversations: number;
  /** Messages of customers each second, whatever happens. */
  readonly inwardsPerSecond: number;
  /** Messages of agents each second. */
  readonly outwardsPerSecond: number;
}

export interface Stretch {
  readonly seconds: number;
  readonly inwards: number;
  readonly outwards: number;
  /** Webhooks that were not taken (503, 429, no answer), and sent again when they were told to. */
  readonly refused: number;
  /** From before the webhook is sent until the homeserver has the ghost's PUT. */
  readonly wholeWayIn: Latencies;
  readonly wholeWayOut: Latencies;
  readonly acknowledged: Latencies;
}

/** An open-loop load without end, of which nothing is kept but what is under way. */
export interface SteadyLoad {
  /** What arrived since the last call. */
  takeStretch(): Stretch;
  /** Messages on their way. */
  underWay(): number;
  /** While this runs, and for those who suffer from it, no times are taken. */
  withoutTimes<T>(measure: () => Promise<T>): Promise<T>;
  /** Sends no more; resolves when all have arrived. @throws {Error} where some never do, or came twice. */
  stop(): Promise<void>;
}

interface Sent {
  readonly at: number;
  readonly inwards: boolean;
}

const text = ' '.padEnd(100, 'Where is my order? ');
/** So many on their way, and the rate is more than is done. */
const mostUnderWay = 30_000;
const settleMs = 500;
const drainMs = 120_000;
const longestBackoffMs = 30_000;

export function startSteadyLoad(rig: Rig, options: SteadyLoadOptions): SteadyLoad {
  const { conversations } = options;
  const mark = `s${Date.now().toString(36)}.`;
  const sent = new Map<number, Sent>();
  let next = 0;
  let stopped = false;
  let fault: Error | undefined;
  let measuring = 0;
  let timesFrom = 0;
  let stretch = newStretch();
  let stretchBegan = performance.now();

  const arrival = (body: string): void => {
    if (!body.startsWith(mark)) return;
    const number = Number.parseInt(body.slice(mark.length), 10);
    const known = sent.get(number);
    if (known === undefined) {
      fault ??= new Error(`message ${String(number)} arrived twice`);
      return;
    }
    sent.delete(number);
    if (known.inwards) stretch.inwards += 1;
    else stretch.outwards += 1;
    if (isTimed(known.at))
      (known.inwards ? stretch.wholeWayIn : stretch.wholeWayOut).add(performance.now() - known.at);
  };
  const isTimed = (at: number): boolean => measuring === 0 && at > timesFrom;
  rig.homeserver.onShown(arrival);
  rig.customers.onTold((_tenant, _customer, body) => arrival(body));

  const send = async (inwards: boolean): Promise<void> => {
    const number = (next += 1);
    const conversation = number % conversations;
    const body = `${mark}${String(number)}${text}`;
    const at = performance.now();
    sent.set(number, { at, inwards });
    if (!inwards) {
      await rig.homeserver.agentSays(rig.roomOf(conversation), body);
      return;
    }
    for (let tries = 1; ; tries += 1) {
      const answer = await rig.customers
        .post(rig.tenantOf(conversation), conversation, body)
        .catch(() => undefined);
      if (answer !== undefined && answer.status < 300) break;
      if (answer !== undefined && answer.retryAfter === undefined)
        throw new Error(`a webhook was answered ${String(answer.status)}, without a Retry-After`);
      stretch.refused += 1;
      // As networks do, later and later and not all at once; also where the connection broke.
      const afterMs = Number(answer?.retryAfter ?? 1) * 1000 * 2 ** (tries - 1);
      await sleep(Math.min(longestBackoffMs, afterMs) * (1 + Math.random()));
    }
    if (isTimed(at)) stretch.acknowledged.add(performance.now() - at);
  };

  const stream = async (inwards: boolean, perSecond: number): Promise<void> => {
    const began = performance.now();
    let count = 0;
    while (!stopped && fault === undefined) {
      const due = ((performance.now() - began) / 1000) * perSecond;
      for (; count < due; count += 1)
        void send(inwards).catch((error: unknown) => {
          fault ??= error instanceof Error ? error : new Error(String(error));
        });
      if (sent.size > mostUnderWay)
        fault ??= new Error(`${String(sent.size)} messages are under way: the rate is more than can be done`);
      await sleep(1);
    }
  };
  const streams = [stream(true, options.inwardsPerSecond), stream(false, options.outwardsPerSecond)];

  return {
    takeStretch() {
      if (fault !== undefined) throw fault;
      const now = performance.now();
      const taken = { ...stretch, seconds: (now - stretchBegan) / 1000 };
      stretch = newStretch();
      stretchBegan = now;
      return taken;
    },
    underWay: () => sent.size,
    async withoutTimes(measure) {
      measuring += 1;
      try {
        return await measure();
      } finally {
        await sleep(settleMs);
        timesFrom = performance.now();
        measuring -= 1;
      }
    },
    async stop() {
      stopped = true;
      await Promise.all(streams);
      for (const until = performance.now() + drainMs; sent.size > 0 && fault === undefined;) {
        if (performance.now() > until) throw new Error(`${String(sent.size)} messages never arrived`);
        await sleep(50);
      }
      if (fault !== undefined) throw fault;
    },
  };
}

function newStretch() {
  return {
    inwards: 0,
    outwards: 0,
    refused: 0,
    wholeWayIn: new Latencies(),
    wholeWayOut: new Latencies(),
    acknowledged: new Latencies(),
  };
}
