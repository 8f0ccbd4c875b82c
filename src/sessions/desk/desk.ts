import { as, type AgentId, type ConversationId, type MatrixUserId } from '../../platform/ids.ts';
import { accountsOf, agentOf } from '../../directory/directory.ts';
import type { Agent, Tenant } from '../../directory/tenant.ts';
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

/** Who has the desk, id = agent: it stays when the agent's accounts change. */
export interface DeskRecord {
  readonly user: MatrixUserId;
  /** All of the agent's accounts; absent: `user` alone. */
  readonly users?: readonly MatrixUserId[];
  /** Of them, who left or declined, and has not come since. */
  readonly left?: readonly MatrixUserId[];
  /** When they were invited last; absent in records of earlier versions. */
  readonly invitedAt?: number;
}

export const desks = defineCollection<DeskRecord>('desks');

export function membersOf({ user, users = [user] }: DeskRecord): readonly MatrixUserId[] {
  return users;
}

export function isDeskOf(desk: DeskRecord | undefined, agent: Agent): boolean {
  return desk !== undefined && membersOf(desk).join(' ') === accountsOf(agent).join(' ');
}

/** Nobody is asked to come back more often than this. */
const inviteAgainMs = 3_600_000;

/** Whether the agent has left with all of their accounts, and was not invited lately. */
export function isDeserted(desk: DeskRecord, now: number): boolean {
  const { left = [], invitedAt = 0 } = desk;
  return membersOf(desk).every((user) => left.includes(user)) && invitedAt + inviteAgainMs <= now;
}

/** @throws when the agent is no longer declared */
export function describeDesk(tenant: Tenant, id: AgentId): RoomDescription {
  const agent = agentOf(tenant, id);
  return {
    tenant: tenant.id,
    tenantName: tenant.name,
    conversation: deskOf(id),
    roomName: `Desk of ${agent.name} · ${tenant.name}`,
    topic: `Write !available when you are there and !offline when you go; !help lists what else there is. No customer sees what is written here.`,
    agents: accountsOf(agent),
    supervisors: [],
    federate: tenant.federate,
  };
}
