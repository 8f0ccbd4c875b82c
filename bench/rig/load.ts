import { setTimeout as sleep } from 'node:timers/promises';
import { Latencies } from './quantiles.ts';
import { within, type Rig } from './rig.ts';

/** `inwards`: webhook to homeserver. `outwards`: an agent's event to the network's peer. */
export type Direction = 'inwards' | 'outwards';

export interface LoadOptions {
  readonly direction: Direction;
  readonly conversations: number;
  /** Which conversation each message is part of. Default: one after the other. */
  readonly conversationOf?: (message: number) => number;
  readonly messages: number;
  /** Messages a second that are offered whatever happens; without it, as many as are taken by `clients` at once. */
  readonly perSecond?: number;
  readonly clients: number;
  /** In place of Switchboard's customers and agents: says it without Switchboard. Outwards, it has arrived when this resolves. */
  readonly say?: (conversation: number, text: string) => Promise<void>;
}

export interface LoadResult {
  readonly messages: number;
  readonly seconds: number;
  /** From before the webhook is sent until it is acknowledged; outwards, until the transaction is. */
  readonly acknowledged: Latencies;
  /** From the same moment until the other side has the message. */
  readonly arrived: Latencies;
  /** Shares of one core: the process under test, and this one. */
  readonly switchboardCpu: number;
  readonly ownCpu: number;
}

const text = ' '.padEnd(100, 'Where is my order? ');
let run = 0;

/** Sends messages, round-robin over the conversations, and waits until each has arrived, once. */
export async function runLoad(rig: Rig, options: LoadOptions): Promise<LoadResult> {
  const { direction, conversations, messages } = options;
  const mark = `m${String((run += 1))}.`;
  const acknowledged = new Latencies();
  const arrived = new Latencies();
  const sentAt = new Float64Array(messages);
  const seen = new Set<number>();
  const all = Promise.withResolvers<undefined>();
  let lastAt = 0;
  const arrival = (body: string): void => {
    if (!body.startsWith(mark)) return;
    const number = Number.parseInt(body.slice(mark.length), 10);
    if (seen.has(number)) throw new Error(`message ${String(number)} arrived twice`);
    seen.add(number);
    lastAt = performance.now();
    arrived.add(lastAt - (sentAt[number] ?? 0));
    if (seen.size === messages) all.resolve(undefined);
  };
  if (direction === 'inwards') rig.homeserver.onShown(arrival);
  else rig.customers.onTold((_tenant, _customer, body) => arrival(body));

  const send = async (number: number): Promise<void> => {
    const conversation = options.conversationOf?.(number) ?? number % conversations;
    const body = `${mark}${String(number)}${text}`;
    const at = performance.now();
    sentAt[number] = at;
    if (options.say !== undefined) {
      await options.say(conversation, body);
      if (direction === 'outwards') arrival(body);
    } else if (direction === 'inwards')
      await rig.customers.says(rig.tenantOf(conversation), conversation, body);
    else await rig.homeserver.agentSays(rig.roomOf(conversation), body);
    acknowledged.add(performance.now() - at);
  };

  const cpuBefore = [rig.switchboard.cpuSeconds(), ownCpuSeconds()] as const;
  const begun = performance.now();
  let next = 0;
  if (options.perSecond === undefined) {
    const client = async (): Promise<void> => {
      while (next < messages) await send(next++);
    };
    await Promise.all(Array.from({ length: options.clients }, client));
  } else {
    const underWay: Promise<void>[] = [];
    while (next < messages) {
      const due = Math.min(messages, ((performance.now() - begun) / 1000) * options.perSecond);
      while (next < due) underWay.push(send(next++));
      await sleep(1);
    }
    await Promise.all(underWay);
  }
  await within(all.promise, 120_000, 'not all messages arrived').catch((error: unknown) => {
    throw new Error(`${String(seen.size)} of ${String(messages)} messages arrived`, { cause: error });
  });
  const seconds = (lastAt - begun) / 1000;
  return {
    messages,
    seconds,
    acknowledged,
    arrived,
    switchboardCpu: (rig.switchboard.cpuSeconds() - cpuBefore[0]) / seconds,
    ownCpu: (ownCpuSeconds() - cpuBefore[1]) / seconds,
  };
}

function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
