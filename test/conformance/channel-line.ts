import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import {
  type Address,
  ChannelError,
  type ChannelEvent,
  type Connection,
  type Outgoing,
} from '../../src/channels/channel.ts';
import type { Capabilities } from '../../src/message/capabilities.ts';
import type { Content, Message } from '../../src/message/message.ts';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import { as } from '../../src/platform/ids.ts';
import { createTestHost, type TestHost } from '../fixtures/test-host.ts';
import type { ChannelHarness, CustomerDoes, FarSide, Seen } from './channel-harness.ts';

export type MessageEvent = Extract<ChannelEvent, { kind: 'message' }>;
export type ReceiptEvent = Extract<ChannelEvent, { kind: 'receipt' }>;

/** An open line with its far side: what every case of the suite works on. */
export interface ConformanceLine {
  readonly far: FarSide;
  readonly host: TestHost;
  readonly connection: Connection;
  readonly capabilities: Capabilities;
  readonly customer: Address;
  /** Timers that the module has set and that have neither run nor been cancelled. */
  readonly pendingTimers: () => number;
  /** Texts of every error that a call gave, with causes. */
  readonly errors: readonly string[];
  /** Waits until the customer has seen something that fits. */
  readonly sees: (fits: (seen: Seen) => boolean) => Promise<Seen>;
  readonly outgoing: (message: Message) => Outgoing;
  readonly sendText: (text: string) => Promise<string>;
  readonly sendContent: (content: Content) => Promise<string>;
  /** The failure of a call that must fail; remembered in `errors`. */
  readonly failureOf: (call: () => Promise<unknown>) => Promise<ChannelError>;
  /** The customer writes; resolves with the event. */
  readonly customerWrites: (text: string) => Promise<MessageEvent>;
  /** An action of the customer that a declared capability needs. */
  readonly customerCan: <Name extends keyof CustomerDoes>(name: Name) => NonNullable<CustomerDoes[Name]>;
  readonly untilMessage: (fits: (message: Message) => boolean) => Promise<MessageEvent>;
  readonly untilReceipt: (target: string, status: ReceiptEvent['status']) => Promise<ReceiptEvent>;
  readonly stop: () => Promise<void>;
}

export async function openConformanceLine(harness: ChannelHarness): Promise<ConformanceLine> {
  const { module } = harness;
  const far = await harness.start();
  const timers = countedClock();
  const host = await createTestHost({ channel: module.channel, clock: timers.clock });
  const parameters = module.parameters.parse(far.parameters);
  const line = {
    tenant: as<never>('acme'),
    id: as<never>('line-1'),
    channel: module.channel,
    parameters,
    displayName: 'Acme',
  };
  const connection = await module.open(line, host);
  host.mount(connection, module.maxBodyBytes);
  await far.connected(host);
  const errors: string[] = [];
  const { customer } = far;

  const outgoing = (message: Message): Outgoing => ({
    deliveryId: as(randomUUID()),
    message,
    sender: { name: 'Ann', kind: 'agent' },
  });
  const sendContent = async (content: Content): Promise<string> =>
    (await connection.send(customer, outgoing({ content }))).id;
  const untilMessage = async (fits: (message: Message) => boolean): Promise<MessageEvent> =>
    (await host.until((event) => event.kind === 'message' && fits(event.message))) as MessageEvent;

  return {
    far,
    host,
    connection,
    capabilities: module.capabilities(parameters),
    customer,
    pendingTimers: timers.pending,
    errors,
    sees: (fits) =>
      vi.waitFor(
        () => {
          const found = far.seen().find(fits);
          if (found === undefined) throw new Error(`not seen; only ${brief(far.seen().slice(-5))}`);
          return found;
        },
        { interval: 10 },
      ),
    outgoing,
    sendText: (text) => sendContent({ kind: 'text', text }),
    sendContent,
    async failureOf(call) {
      const error: unknown = await call().then(
        () => new Error('the call should have failed'),
        (reason: unknown) => reason,
      );
      errors.push(readable(error));
      if (error instanceof ChannelError) return error;
      throw new Error(`not a ChannelError: ${readable(error)}`);
    },
    async customerWrites(text) {
      await far.customerDoes.text(text);
      return untilMessage((message) => textOf(message) === text);
    },
    customerCan(name) {
      const action = far.customerDoes[name];
      if (action === undefined) throw new Error(`capability declared, but the customer cannot: ${name}`);
      return action;
    },
    untilMessage,
    untilReceipt: async (target, status) =>
      (await host.until(
        (event) => event.kind === 'receipt' && event.target === target && event.status === status,
      )) as ReceiptEvent,
    async stop() {
      await connection.close();
      await far.stop();
      await host.close();
    },
  };
}

export function textOf(message: Message): string | undefined {
  return message.content?.kind === 'text' ? message.content.text : undefined;
}

function brief(value: object): string {
  return JSON.stringify(value).slice(0, 1000);
}

function readable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const fields = JSON.stringify(Object.entries(error));
  const cause = error.cause === undefined ? '' : ` because ${readable(error.cause)}`;
  return `${String(error.stack)} ${fields}${cause}`;
}

/** The system's clock, counting what was set and not yet run or cancelled. */
function countedClock(): { clock: Clock; pending: () => number } {
  const waiting = new Set<object>();
  const clock: Clock = {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    after(delayMs, action) {
      const timer = {};
      waiting.add(timer);
      const cancel = systemClock.after(delayMs, () => {
        waiting.delete(timer);
        action();
      });
      return () => {
        waiting.delete(timer);
        cancel();
      };
    },
  };
  return { clock, pending: () => waiting.size };
}
