import { createDelivery, type Delivery } from '../../src/delivery/delivery-engine.ts';
import type { Decision, NewEntry, Transport } from '../../src/delivery/delivery.ts';
import { lineLeg, roomLeg } from '../../src/delivery/message-links.ts';
import type { Sequence } from '../../src/delivery/sequence.ts';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import { derivedId } from '../../src/platform/derived-id.ts';
import { as, type LineId, type TenantId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createLeases, type Leases, type LeaseLimits } from '../../src/replicas/leases.ts';
import { createMembership, type Membership, type MembershipTimes } from '../../src/replicas/membership.ts';
import type { Signals } from '../../src/store/signals.ts';
import { defineCollection, put, type Store } from '../../src/store/store.ts';
import { createStoppable, type Stoppable } from './stoppable.ts';

export const acme = as<TenantId>('acme');
export const counters = defineCollection<{ readonly count: number }>('counters');

/** A text on its way, or a text of which it is not clear whether it went out. */
export type Event = { readonly text: string } | { readonly unclear: string };
export interface Operation {
  readonly text: string;
}

/** Where the replicas send: the one side recognises what it has had, the other takes everything again. */
export interface Peers {
  readonly rooms: Map<string, { readonly text: string }>;
  readonly customers: { readonly conversation: string; readonly text: string }[];
  readonly unclear: Set<string>;
}

export interface EngineReplica {
  readonly delivery: Delivery<Event, Operation>;
  readonly process: Stoppable;
  readonly leases: Leases;
  readonly membership: Membership;
  accept(entries: readonly NewEntry<Event>[]): Promise<unknown>;
  start(): Promise<void>;
  /** As a process ends that is told to. */
  stop(): Promise<void>;
}

export const shortTimes: MembershipTimes = { beatMs: 40, lookMs: 25, lifeMs: 300, marginMs: 75 };

/** After so long the bell rings that a text which begins with `wind` winds up. */
export const bellMs = 20_000;

/** The engine as one of several replicas: relays each text to the room and to the customer. */
export function createEngineReplica(options: {
  readonly store: Store;
  readonly signals: Signals;
  readonly sequence: Sequence;
  readonly peers: Peers;
  readonly times?: MembershipTimes;
  readonly limits?: LeaseLimits;
  readonly lookEveryMs?: number;
  /** The line by which the customer's leg goes, where one replica has it. */
  readonly line?: LineId;
  /** Called before anything goes out. */
  readonly beforeSend?: (process: Stoppable) => Promise<void>;
  /** Called before the decision on an entry is given back. */
  readonly beforeDecision?: (process: Stoppable) => Promise<void>;
  readonly clock?: Clock;
}): EngineReplica {
  const { peers, sequence, line } = options;
  const process = createStoppable();
  const clock = process.clock(options.clock ?? systemClock);
  const store = process.store(options.store);
  const signals = process.signals(options.signals);
  const membership = createMembership({
    store,
    clock,
    logger: silentLogger,
    times: options.times ?? shortTimes,
  });
  const numbers: Sequence = {
    next: async () => {
      await process.running();
      return sequence.next();
    },
  };
  const leases = createLeases({
    store,
    clock,
    logger: silentLogger,
    membership,
    sequence: numbers,
    signals,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const transport: Transport<Operation> = async (_tenant, record, { mayGoOut }) => {
    await process.running();
    await options.beforeSend?.(process);
    await process.running();
    mayGoOut();
    const { text } = record.operation;
    const { conversation } = record;
    if (record.key.startsWith('room:')) {
      if (!peers.rooms.has(record.id)) peers.rooms.set(record.id, { text });
    } else peers.customers.push({ conversation, text });
    await process.running();
    return { nativeId: `native-${record.id}` };
  };
  const delivery = createDelivery<Event, Operation>({
    store,
    clock,
    logger: silentLogger,
    transport,
    resendPolicy: async (_tenant, record) => (record.key.startsWith('room:') ? 'safe' : 'ask'),
    resultEvent: (record) => ({ unclear: record.operation.text }),
    decide: async (tenant, { id, key, event }, read): Promise<Decision<Event, Operation>> => {
      if ('unclear' in event) {
        peers.unclear.add(event.unclear);
        return { writes: [], deliveries: [], timers: [] };
      }
      const counter = await read.get(tenant, counters, key);
      await options.beforeDecision?.(process);
      const count = (counter?.value.count ?? 0) + 1;
      return {
        writes: [put(counters, key, { count }, counter?.version ?? 'absent')],
        deliveries: [roomLeg(key), lineLeg(key)].map((leg) => ({
          id: derivedId('relay', id, leg),
          key: leg,
          conversation: key,
          operation: { text: event.text },
          tell: 'failure',
        })),
        timers: event.text.startsWith('wind')
          ? [{ set: 'bell', key, dueAt: clock.now() + bellMs, event: { text: `rung by ${event.text}` } }]
          : [],
      };
    },
    shared: {
      ownership: leases,
      sequence: numbers,
      owned: [counters],
      lineOf: (_tenant, record) => (record.key.startsWith('line:') ? line : undefined),
      lookEveryMs: options.lookEveryMs ?? 200,
    },
  });
  return {
    delivery,
    process,
    leases,
    membership,
    accept: async (entries) => {
      await process.running();
      const accepted = await delivery.accept(acme, entries);
      await process.running();
      return accepted;
    },
    async start() {
      await membership.start();
      await delivery.start();
    },
    async stop() {
      if (process.state === 'killed') return;
      process.resume();
      await delivery.stop(2000);
      await membership.stop(delivery.depths().outbox.running + delivery.depths().inbox.running === 0);
      await signals.close();
    },
  };
}

export function createPeers(): Peers {
  return { rooms: new Map(), customers: [], unclear: new Set() };
}
