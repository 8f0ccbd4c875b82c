import type { Clock } from '../platform/clock.ts';
import type {
  ConversationId,
  LineId,
  MatrixEventId,
  MatrixUserId,
  MessageId,
  TenantId,
} from '../platform/ids.ts';
import type { Address, Connection } from '../channels/channel.ts';
import { lineLeg, messageOfNative, nativesOfMessage, roomLeg } from '../delivery/message-links.ts';
import { addresses, conversations } from '../directory/contact.ts';
import { agentOfUser, type Directory } from '../directory/directory.ts';
import type { Store } from '../store/store.ts';
import { messageRecords } from './message-record.ts';
import type { PassingWord } from './passing-words.ts';
import { isConnected, sessions } from './session.ts';

export interface EphemeralOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly clock: Clock;
  connection(tenant: TenantId, line: LineId): Connection | undefined;
  /** The line is not open here: another replica may have its connection. Default: nobody has. */
  readonly elsewhere?: (word: PassingWord) => void;
  /** The newest message of the customer at or before an event of the room. */
  lastOfContact(
    tenant: TenantId,
    conversation: ConversationId,
    upTo: MatrixEventId,
  ): Promise<MatrixEventId | undefined>;
}

/** An agent can have read a message before its way into the room is committed. How often, and after how long, we look again. */
const looks = 4;
const lookAgainMs = 1_000;

/** Where an agent's typing and reading goes: only from agents connected to the open session. */
interface Towards {
  readonly connection: Connection;
  readonly address: Address;
  readonly agentName: string;
}

/** What comes and goes between agents and customers: typing and read marks. Best effort, nothing is stored. */
export function createEphemeral(options: EphemeralOptions) {
  const { store, directory, clock } = options;

  const towards = async (word: PassingWord, mayPassOn: boolean): Promise<Towards | undefined> => {
    const { tenant: tenantId, conversation, user } = word;
    const tenant = directory.tenant(tenantId);
    const agent = tenant === undefined ? undefined : agentOfUser(tenant, user);
    const record = (await store.get(tenantId, conversations, conversation))?.value;
    if (agent === undefined || record?.openSession === undefined) return undefined;
    const session = (await store.get(tenantId, sessions, record.openSession))?.value;
    const address = (await store.get(tenantId, addresses, record.address))?.value;
    const connection = options.connection(tenantId, record.line);
    if (session === undefined || address === undefined || !isConnected(session, agent)) return undefined;
    if (connection === undefined) {
      if (mayPassOn) options.elsewhere?.(word);
      return undefined;
    }
    const { nativeId, via } = address;
    return {
      connection,
      address: { id: nativeId, ...(via === undefined ? {} : { via }) },
      agentName: agent.name,
    };
  };

  /** The event itself, or, where it is something else (an answer, somebody who joined), the customer's message above it. */
  const customerMessageAt = async (
    tenant: TenantId,
    conversation: ConversationId,
    upTo: MatrixEventId,
  ): Promise<MessageId | undefined> => {
    const linked = await messageOfNative(store, tenant, roomLeg(conversation), upTo);
    const record = linked === undefined ? undefined : await store.get(tenant, messageRecords, linked);
    if (record?.value.author.kind === 'customer') return linked;
    const above = await options.lastOfContact(tenant, conversation, upTo);
    if (above === undefined) return undefined;
    for (let look = 1; ; look += 1) {
      const message = await messageOfNative(store, tenant, roomLeg(conversation), above);
      if (message !== undefined || look === looks) return message;
      await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve));
    }
  };

  const typing = async (word: PassingWord, active: boolean, mayPassOn: boolean): Promise<void> => {
    const to = await towards(word, mayPassOn);
    to?.connection.typing?.(to.address, active, to.agentName);
  };

  const read = async (word: PassingWord, upTo: MatrixEventId, mayPassOn: boolean): Promise<void> => {
    const { tenant, conversation } = word;
    const to = await towards(word, mayPassOn);
    if (to?.connection.markRead === undefined) return;
    const message = await customerMessageAt(tenant, conversation, upTo);
    if (message === undefined) return;
    const natives = await nativesOfMessage(store, tenant, lineLeg(conversation), message);
    const last = natives.at(-1);
    if (last !== undefined) to.connection.markRead(to.address, last);
  };

  return {
    async agentTyping(
      tenant: TenantId,
      conversation: ConversationId,
      user: MatrixUserId,
      active: boolean,
    ): Promise<void> {
      await typing({ tenant, conversation, user, typing: active }, active, true);
    },
    async agentRead(
      tenant: TenantId,
      conversation: ConversationId,
      user: MatrixUserId,
      upTo: MatrixEventId,
    ): Promise<void> {
      await read({ tenant, conversation, user, upTo }, upTo, true);
    },
    /** What another replica heard of, whose line is open here perhaps. */
    async passedOn(word: PassingWord): Promise<void> {
      if (word.typing !== undefined) await typing(word, word.typing, false);
      if (word.upTo !== undefined) await read(word, word.upTo, false);
    },
  };
}
