import { as, type AgentId, type ConversationId, type MatrixUserId } from '../../platform/ids.ts';
import { agentOf } from '../../directory/directory.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { RoomDescription } from '../../matrix/room-operation.ts';
import { defineCollection } from '../../store/store.ts';

/**
 * An agent's desk: a room with nobody but the agent and the bot in it. Here agents say whether they are there, see what waits, and are
 * offered sessions where the tenant wants that. It has an inbox key of its own, as a conversation has.
 */
const prefix = 'desk:';

export function deskOf(agent: AgentId): ConversationId {
  return as(`${prefix}${agent}`);
}

export function agentOfDesk(key: ConversationId): AgentId | undefined {
  return key.startsWith(prefix) ? as<AgentId>(key.slice(prefix.length)) : undefined;
}

/** Who has the desk, id = agent: it stays when the agent's account changes. */
export interface DeskRecord {
  readonly user: MatrixUserId;
}

export const desks = defineCollection<DeskRecord>('desks');

/** @throws when the agent is no longer declared */
export function describeDesk(tenant: Tenant, id: AgentId): RoomDescription {
  const agent = agentOf(tenant, id);
  return {
    tenant: tenant.id,
    tenantName: tenant.name,
    conversation: deskOf(id),
    roomName: `Desk of ${agent.name} · ${tenant.name}`,
    topic: `Write !available when you are there and !offline when you go; !help lists what else there is. No customer sees what is written here.`,
    agents: [agent.user],
    supervisors: [],
    federate: tenant.federate,
  };
}
