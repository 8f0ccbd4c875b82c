import { vi } from 'vitest';
import {
  as,
  type ConversationId,
  type DeliveryId,
  type InboxEntryId,
  type LegKey,
  type TenantId,
} from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import type {
  Decision,
  DeliveryRecord,
  NewDelivery,
  NewEntry,
  TimerChange,
} from '../../src/delivery/delivery.ts';
import { createDelivery, type Delivery, type DeliveryOptions } from '../../src/delivery/delivery-engine.ts';
import { defineCollection, put } from '../../src/store/store.ts';
import { createJumpingClock, type JumpingClock } from './jumping-clock.ts';
import { createFaultyStore, type FaultyStore } from './faulty-store.ts';

/** Events of the tests: a text to relay, or what became of a delivery. */
export interface Event {
  readonly text: string;
  readonly timers?: readonly TimerChange<Event>[];
  readonly result?: { readonly id: string; readonly status: string; readonly reason?: string };
}
export interface Operation {
  readonly text: string;
}

export const acme = as<TenantId>('acme');

export function entry(id: string, key = 'c1', event: Event = { text: id }): NewEntry<Event> {
  return { id: as<InboxEntryId>(id), key: as<ConversationId>(key), event };
}

export function deliveryTo(
  id: string,
  key = 'c1',
  tell: NewDelivery<Operation>['tell'] = 'failure',
): NewDelivery<Operation> {
  return {
    id: as<DeliveryId>(id),
    key: as<LegKey>(`line:${key}`),
    conversation: as<ConversationId>(key),
    operation: { text: id },
    tell,
  };
}

export const nothing: Decision<Event, Operation> = { writes: [], deliveries: [], timers: [] };

/** What the decisions of the tests leave behind: how many entries a key has had. */
export const counters = defineCollection<{ readonly count: number }>('counters');

export interface Rig {
  readonly clock: JumpingClock;
  readonly store: FaultyStore;
  readonly delivery: Delivery<Event, Operation>;
  /** Texts in the order in which their decisions were asked for. */
  readonly decided: string[];
  /** Texts that the transport took, in order. */
  readonly sent: { key: string; text: string; number: number; unclearBefore: boolean }[];
  /** Moves time until nothing waits. */
  drain(): Promise<void>;
}

/** An engine on a store in memory, whose decisions relay each text to the customer's leg, counting them in the state. */
export function createRig(
  overrides: Partial<DeliveryOptions<Event, Operation>> = {},
  world: { clock?: JumpingClock; store?: FaultyStore } = {},
): Rig {
  const clock = world.clock ?? createJumpingClock();
  const store = world.store ?? createFaultyStore();
  const decided: string[] = [];
  const sent: Rig['sent'] = [];
  const delivery = createDelivery<Event, Operation>({
    store,
    clock,
    logger: silentLogger,
    random: () => 0.5,
    resendPolicy: async () => 'safe',
    resultEvent,
    decide: async (tenant, { id, key, event }) => {
      decided.push(event.text);
      if (event.result !== undefined) return nothing;
      const counter = await store.get(tenant, counters, key);
      return {
        writes: [
          put(counters, key, { count: (counter?.value.count ?? 0) + 1 }, counter?.version ?? 'absent'),
        ],
        deliveries: [{ ...deliveryTo(id, key), operation: { text: event.text } }],
        timers: event.timers ?? [],
      };
    },
    transport: async (_tenant, record, attempt) => {
      sent.push({ key: record.conversation, text: record.operation.text, ...attempt });
      return { nativeId: `native-${record.id}` };
    },
    ...overrides,
  });
  return {
    clock,
    store,
    delivery,
    decided,
    sent,
    async drain() {
      const done = Symbol('idle');
      const idle = delivery.idle().then(() => done);
      while ((await Promise.race([idle, turn()])) !== done) {
        const { inbox, outbox } = delivery.depths();
        const next = clock.nextIn();
        if (inbox.running + outbox.running === 0 && next !== undefined) clock.advance(next);
      }
    },
  };
}

export function resultEvent(record: DeliveryRecord<Operation>): Event {
  const { id, status, failure } = record;
  return {
    text: `${id} ${status}`,
    result: { id, status, ...(failure === undefined ? {} : { reason: failure.reason }) },
  };
}

/** Lets everything run that can run now. */
export async function turn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

export async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 25_000, interval: 1 });
}
