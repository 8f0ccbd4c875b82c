import type { ConversationId, LineId, MatrixEventId, MatrixUserId, TenantId } from '../platform/ids.ts';
import type { Address, Connection } from '../channels/channel.ts';
import { lineLeg, messageOfNative, nativesOfMessage, roomLeg } from '../delivery/message-links.ts';
import { addresses, conversations } from '../directory/contact.ts';
import { agentOfUser, type Directory } from '../directory/directory.ts';
import type { Store } from '../store/store.ts';
import { isConnected, sessions } from './session.ts';

export interface EphemeralOptions {
  readonly store: Store;
  readonly directory: Directory;
  connection(tenant: TenantId, line: LineId): Connection | undefined;
}

/** Where an agent's typing and reading goes: only from agents connected to the open session. */
interface Towards {
  readonly connection: Connection;
  readonly address: Address;
  readonly agentName: string;
}

/** What comes and goes between agents and customers: typing and read marks. Best effort, nothing is stored. */
export function createEphemeral(options: EphemeralOptions) {
  const { store, directory } = options;

  const towards = async (
    tenantId: TenantId,
    conversation: ConversationId,
    user: MatrixUserId,
  ): Promise<Towards | undefined> => {
    const tenant = directory.tenant(tenantId);
    const agent = tenant === undefined ? undefined : agentOfUser(tenant, user);
    const record = (await store.get(tenantId, conversations, conversation))?.value;
    if (agent === undefined || record?.openSession === undefined) return undefined;
    const session = (await store.get(tenantId, sessions, record.openSession))?.value;
    const address = (await store.get(tenantId, addresses, record.address))?.value;
    const connection = options.connection(tenantId, record.line);
    if (session === undefined || address === undefined || connection === undefined) return undefined;
    if (!isConnected(session, user)) return undefined;
    const { nativeId, via } = address;
    return {
      connection,
      address: { id: nativeId, ...(via === undefined ? {} : { via }) },
      agentName: agent.name,
    };
  };

  return {
    async agentTyping(
      tenant: TenantId,
      conversation: ConversationId,
      user: MatrixUserId,
      active: boolean,
    ): Promise<void> {
      const to = await towards(tenant, conversation, user);
      to?.connection.typing?.(to.address, active, to.agentName);
    },
    async agentRead(
      tenant: TenantId,
      conversation: ConversationId,
      user: MatrixUserId,
      upTo: MatrixEventId,
    ): Promise<void> {
      const to = await towards(tenant, conversation, user);
      if (to?.connection.markRead === undefined) return;
      const message = await messageOfNative(store, tenant, roomLeg(conversation), upTo);
      if (message === undefined) return;
      const natives = await nativesOfMessage(store, tenant, lineLeg(conversation), message);
      const last = natives.at(-1);
      if (last !== undefined) to.connection.markRead(to.address, last);
    },
  };
}
