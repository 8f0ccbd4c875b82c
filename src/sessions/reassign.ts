import type { NewDelivery, TimerChange } from '../delivery/delivery.ts';
import { agentWork, availabilityOf, type Availability } from '../directory/agent-work.ts';
import type { Tenant } from '../directory/tenant.ts';
import type { AgentId } from '../platform/ids.ts';
import { duration } from './commands/duration.ts';
import {
  routingKey,
  type ConversationEvent,
  type ConversationOperation,
  type RoutingEvent,
} from './conversation-event.ts';
import { nothing, tell, toDesk, type RoutingContext, type RoutingDecision } from './routing-context.ts';
import { connectedAgents, sessions, type SessionRecord } from './session.ts';

/* Customers do not wait for an agent who went home: after the tenant's time of grace the agent's sessions go back to their queues. */

/** Runs from when the agent goes offline until they say something else. */
export function graceTimer(
  { tenant, now }: RoutingContext,
  agent: AgentId,
  availability: Availability,
): TimerChange<ConversationEvent> {
  const { reassignAfterMs } = tenant.availability;
  const timer = { key: routingKey, name: `gone ${agent}` };
  if (availability !== 'offline' || reassignAfterMs === undefined)
    return { cancel: timer.name, key: timer.key };
  return {
    set: timer.name,
    key: timer.key,
    dueAt: now + reassignAfterMs,
    event: { type: 'gone', agent, since: now },
  };
}

/** What becomes of so many sessions of an agent who goes offline, in words for them; undefined: they stay. */
export function graceWords({ availability }: Tenant, held: number): string | undefined {
  const { reassignAfterMs } = availability;
  if (reassignAfterMs === undefined || held === 0) return undefined;
  const [goes, keep] =
    held === 1
      ? ['Your session goes back to its queue', 'it']
      : [`Your ${String(held)} sessions go back to their queues`, 'them'];
  if (reassignAfterMs === 0) return `${goes} now.`;
  return `${goes} in ${duration(reassignAfterMs)}; write !available before that to keep ${keep}.`;
}

/** At the desk, whoever made the agent offline. */
export async function tellOfGrace(
  context: RoutingContext,
  agent: AgentId,
  held: readonly string[],
): Promise<NewDelivery<ConversationOperation>[]> {
  if (context.tenant.availability.reassignAfterMs === undefined) return [];
  const talking = await sessionsWith(context, agent, held);
  const words = graceWords(context.tenant, talking.length);
  return words === undefined ? [] : [toDesk(context, agent, 'grace', `You are offline. ${words}`)];
}

/** Who went offline has not come back in time: what they had in hand by then goes to others. What they took themselves since then is theirs. */
export async function reassign(
  context: RoutingContext,
  { agent, since }: Extract<RoutingEvent, { type: 'gone' }>,
): Promise<RoutingDecision> {
  const { store, tenant } = context;
  const work = (await store.get(tenant.id, agentWork, agent))?.value;
  if (work === undefined || availabilityOf(work) !== 'offline') return nothing;
  if (tenant.availability.reassignAfterMs === undefined) return nothing;
  const talking = await sessionsWith(context, agent, work.sessions);
  return {
    ...nothing,
    entries: talking
      .filter((session) => connectedAgents(session).some((leg) => leg.agent === agent && leg.since <= since))
      .map(({ id: session, conversation }) =>
        tell(context, conversation, { what: 'agent-gone', session, agent }),
      ),
  };
}

/** Of these, the ones in which the agent talks to the customer. */
async function sessionsWith(
  { store, tenant }: RoutingContext,
  agent: AgentId,
  held: readonly string[],
): Promise<SessionRecord[]> {
  const read = await Promise.all(held.map(async (id) => store.get(tenant.id, sessions, id)));
  return read.flatMap((session) =>
    session !== undefined && connectedAgents(session.value).some((leg) => leg.agent === agent)
      ? [session.value]
      : [],
  );
}
