import type { AgentId, ConversationId, SessionId } from '../platform/ids.ts';
import { agentWork, withoutSession, type AgentWork } from '../directory/agent-work.ts';
import type { Tenant } from '../directory/tenant.ts';
import { offerGraceMs, passedOnBy, type QueueEntry } from '../queues/queue-entry.ts';
import { put, type Store, type Stored, type Write } from '../store/store.ts';
import { sessions } from './session.ts';

/** What the queue does about offers whose time is over. */
export interface OverdueOffers {
  /** Entries as they are from now on, by session. */
  readonly changed: ReadonlyMap<string, QueueEntry>;
  /** Of the agents, who have their capacity back. */
  readonly writes: readonly Write[];
  readonly takenBack: readonly {
    readonly session: SessionId;
    readonly conversation: ConversationId;
    readonly agent: AgentId;
  }[];
}

/** In one look: a commit stays small. */
const mostTakenBack = 100;

/**
 * An offer has a time that the queue keeps itself: the news of it may never have reached the session, or its end may never have come back
 * (an operator finds either in the quarantine). Then the session waits again, and the agent has their capacity back. While the session
 * says that the offer stands, because the homeserver could not be reached say, it does. What is overdue is looked at twice: after an outage
 * the session may be about to hear of it.
 */
export async function overdueOffers(
  store: Store,
  tenant: Tenant,
  found: readonly Stored<QueueEntry>[],
  now: number,
): Promise<OverdueOffers> {
  const changed = new Map<string, QueueEntry>();
  const works = new Map<AgentId, { readonly read: Stored<AgentWork>; readonly work: AgentWork }>();
  const takenBack: OverdueOffers['takenBack'][number][] = [];
  const late = found.filter(({ value }) => (value.offeredUntil ?? 0) <= now && value.state === 'offered');
  for (const { id, value } of late.slice(0, mostTakenBack)) {
    const { agent, conversation, queue, offeredUntil } = value;
    if (agent === undefined) continue;
    const until = offeredUntil ?? now + (tenant.queues.get(queue)?.offerMs ?? 0) + offerGraceMs;
    const stands = Math.max(until, await standsUntil(store, tenant, id, agent));
    if (stands > now || value.overdue !== true) {
      const { overdue: _, ...rest } = value;
      const later = { ...rest, offeredUntil: Math.max(stands, now + offerGraceMs) };
      changed.set(id, stands > now ? later : { ...later, overdue: true });
      continue;
    }
    changed.set(id, passedOnBy(value, agent));
    takenBack.push({ session: id as SessionId, conversation, agent });
    const known = works.get(agent);
    const read = known?.read ?? (await store.get(tenant.id, agentWork, agent));
    if (read !== undefined)
      works.set(agent, { read, work: withoutSession(known?.work ?? read.value, id, now) });
  }
  const writes = [...works].map(([agent, { read, work }]) => put(agentWork, agent, work, read.version));
  return { changed, writes, takenBack };
}

/** As the session knows it. */
async function standsUntil(store: Store, tenant: Tenant, session: string, agent: AgentId): Promise<number> {
  const offer = (await store.get(tenant.id, sessions, session))?.value.offer;
  return offer?.agent === agent ? offer.deadline + offerGraceMs : 0;
}
