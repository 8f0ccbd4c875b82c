import {
  as,
  type ConversationId,
  type LineId,
  type NativeMessageId,
  type TenantId,
} from '../platform/ids.ts';
import { ChannelError, type Connection, type Outgoing, type Sent } from '../channels/channel.ts';
import { DeliveryFailure, type DeliveryRecord, type Taken } from '../delivery/delivery.ts';
import { lineLeg, linkMessage, nativesOfMessage } from '../delivery/message-links.ts';
import { addresses, addressId } from '../directory/contact.ts';
import type { Message, Reference } from '../message/message.ts';
import type { Logger } from '../platform/log.ts';
import type { Store } from '../store/store.ts';
import type { LineOperation } from './conversation-event.ts';
import { recipientOf } from './recipient.ts';
import type { SendCounters } from './sending/send-counters.ts';

export interface LineTransportOptions {
  readonly store: Store;
  readonly now: () => number;
  /** The open connection of a line; undefined while there is none. */
  connection(tenant: TenantId, line: LineId): Connection | undefined;
}

/** Carries out what is to be done on the customer's leg: our message ids become the network's, failures the outbox's. */
export function createLineTransport(options: LineTransportOptions & { readonly counters: SendCounters }) {
  return async (
    tenant: TenantId,
    delivery: DeliveryRecord,
    operation: LineOperation,
    mayGoOut: () => void,
  ): Promise<Taken> => {
    const connection = options.connection(tenant, operation.line);
    if (connection === undefined) {
      // Lasts until an operator cures it, so the agent is told of the delay.
      throw new DeliveryFailure({ kind: 'unreachable', certain: true, reason: 'the line is not open' });
    }
    if (operation.kind === 'session') {
      connection.sessionChanged?.(operation.address, {
        state: operation.state,
        ...(operation.agentName === undefined ? {} : { agentName: operation.agentName }),
      });
      return {};
    }
    if (await hasOptedOut(options.store, tenant, operation)) {
      const reason = `the ${recipientOf(operation)} has opted out of messages`;
      throw new DeliveryFailure({ kind: 'optedOut', certain: true, reason });
    }
    const outgoing = await outgoingOf(options.store, tenant, delivery, operation);
    const { retracts } = operation.message;
    const natives =
      retracts === undefined
        ? []
        : await nativesOfMessage(options.store, tenant, lineLeg(delivery.conversation), as(retracts.id));
    await options.counters.count(tenant, { ...operation, delivery: delivery.id });
    let sent: Sent;
    mayGoOut();
    try {
      sent = await call(connection, operation, outgoing);
      await retractRest(connection, operation, outgoing, natives.slice(1));
    } catch (error) {
      throw asDeliveryFailure(error);
    }
    options.counters.taken(tenant, operation);
    return takenAs(sent, delivery, operation, options.now());
  };
}

/** Looks with the network whether something went out of which that is not known. Undefined where it cannot tell. */
export function createLineLookUp(options: LineTransportOptions & { readonly logger: Logger }) {
  return async (
    tenant: TenantId,
    delivery: DeliveryRecord,
    operation: LineOperation,
  ): Promise<Taken | undefined> => {
    const connection = options.connection(tenant, operation.line);
    if (connection?.findSent === undefined || operation.kind !== 'send') return undefined;
    try {
      const outgoing = await outgoingOf(options.store, tenant, delivery, operation);
      const sent = await connection.findSent(operation.address, outgoing);
      return sent === undefined ? undefined : takenAs(sent, delivery, operation, options.now());
    } catch (error) {
      options.logger.debug({ err: error, tenant, delivery: delivery.id }, 'the network could not be asked');
      return undefined;
    }
  };
}

async function outgoingOf(
  store: Store,
  tenant: TenantId,
  delivery: DeliveryRecord,
  operation: Exclude<LineOperation, { kind: 'session' }>,
): Promise<Outgoing> {
  const native = await toNative(store, tenant, delivery.conversation, operation);
  return { deliveryId: delivery.id, message: native, sender: operation.sender };
}

function takenAs(sent: Sent, delivery: DeliveryRecord, operation: LineOperation, at: number): Taken {
  const link =
    operation.kind === 'send' && delivery.messageId !== undefined
      ? [linkMessage(lineLeg(delivery.conversation), sent.id, delivery.messageId, at)]
      : [];
  return { nativeId: sent.id, writes: link };
}

/** Asked once more when it is about to go out: it may have waited, or failed and been sent again, while the customer opted out. */
async function hasOptedOut(
  store: Store,
  tenant: TenantId,
  { line, address }: LineOperation,
): Promise<boolean> {
  const record = await store.get(tenant, addresses, addressId(line, address));
  return record?.value.consent?.state === 'optedOut';
}

/** Longest delivery id that a network is promised. */
const longestId = 64;

async function call(
  connection: Connection,
  { kind, address }: Exclude<LineOperation, { kind: 'session' }>,
  outgoing: Outgoing,
): Promise<Sent> {
  if (kind === 'send') return connection.send(address, outgoing);
  const sent = connection[kind]?.(address, outgoing);
  if (sent !== undefined) return sent;
  throw new ChannelError({ kind: 'permanent', certain: true, reason: `the network cannot ${kind}` });
}

/** A message that went out in parts is taken back part by part. */
async function retractRest(
  connection: Connection,
  operation: Exclude<LineOperation, { kind: 'session' }>,
  outgoing: Outgoing,
  rest: readonly NativeMessageId[],
): Promise<void> {
  for (const [index, id] of rest.entries()) {
    const deliveryId = as<Outgoing['deliveryId']>(
      `${outgoing.deliveryId}.${String(index + 2)}`.slice(-longestId),
    );
    await call(connection, operation, { ...outgoing, deliveryId, message: { retracts: { id } } });
  }
}

/** @throws {DeliveryFailure} for a change to something that never got there. */
async function toNative(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  operation: Exclude<LineOperation, { kind: 'session' }>,
): Promise<Message> {
  const native = async (reference: Reference): Promise<NativeMessageId | undefined> => {
    const [first] = await nativesOfMessage(store, tenant, lineLeg(conversation), as(reference.id));
    return first;
  };
  const { content, replyTo, edits, retracts, reactsTo } = operation.message;
  const required = async <R extends Reference>(reference: R): Promise<R> => {
    const id = await native(reference);
    if (id !== undefined) return { ...reference, id };
    const reason = `the message that it changes never reached the ${recipientOf(operation)}`;
    throw new DeliveryFailure({ kind: 'permanent', certain: true, reason });
  };
  const replied = replyTo === undefined ? undefined : await native(replyTo);
  return {
    ...(content === undefined ? {} : { content }),
    ...(replyTo === undefined || replied === undefined ? {} : { replyTo: { ...replyTo, id: replied } }),
    ...(edits === undefined ? {} : { edits: await required(edits) }),
    ...(retracts === undefined ? {} : { retracts: await required(retracts) }),
    ...(reactsTo === undefined ? {} : { reactsTo: await required(reactsTo) }),
  };
}

function asDeliveryFailure(error: unknown): unknown {
  if (!(error instanceof ChannelError)) return error;
  const { kind, certain, reason, retryAfterMs } = error;
  return new DeliveryFailure({ kind, certain, reason, retryAfterMs }, { cause: error });
}
