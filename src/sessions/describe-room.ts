import type { ConversationId, TenantId } from '../platform/ids.ts';
import { findChannelModule } from '../channels/registry.ts';
import { agentOfDesk, describeDesk } from './desk/desk.ts';
import { addresses, contacts, conversations } from '../directory/contact.ts';
import { accountsOf, type Directory } from '../directory/directory.ts';
import type { RoomDescription } from '../matrix/room-operation.ts';
import type { Store } from '../store/store.ts';

/** What a conversation's room and ghost are to be called and to show, from what the records say now. */
export async function describeRoom(
  { store, directory }: { readonly store: Store; readonly directory: Directory },
  tenantId: TenantId,
  conversation: ConversationId,
): Promise<RoomDescription> {
  const tenant = directory.tenant(tenantId);
  const agent = agentOfDesk(conversation);
  if (tenant !== undefined && agent !== undefined) return describeDesk(tenant, agent);
  const record = (await store.get(tenantId, conversations, conversation))?.value;
  if (tenant === undefined || record === undefined)
    throw new Error(`no conversation ${conversation} of tenant ${tenantId}`);
  const address = (await store.get(tenantId, addresses, record.address))?.value;
  const contact = (await store.get(tenantId, contacts, record.contact))?.value;
  if (address === undefined || contact === undefined)
    throw new Error(`conversation ${conversation} has no contact`);
  const line = tenant.lines.get(record.line);
  const title = findChannelModule(address.channel)?.title ?? address.channel;
  const queue = line === undefined ? undefined : tenant.queues.get(line.queue);
  const name = contact.name ?? address.nativeId;
  const agents = [...tenant.agents.values()];
  return {
    tenant: tenantId,
    tenantName: tenant.name,
    conversation,
    ghost: {
      contact: record.contact,
      name: tenant.nameTemplate.replaceAll(/\{(name|network)\}/g, (_, word) =>
        word === 'name' ? name : title,
      ),
      ...(contact.avatar === undefined ? {} : { avatar: contact.avatar }),
    },
    roomName: `${name} · ${title}`,
    topic: `${title} ${address.nativeId} with ${line?.displayName ?? tenant.name}. What you write goes to the customer; lines that begin with “!” do not (!help).`,
    network: {
      channel: address.channel,
      title,
      line: line?.displayName ?? record.line,
      address: address.nativeId,
    },
    ...(queue === undefined ? {} : { queue: { id: queue.id, name: queue.name } }),
    agents: agents.flatMap(accountsOf),
    supervisors: agents.filter(({ supervisor }) => supervisor).flatMap(accountsOf),
    federate: tenant.federate,
  };
}
