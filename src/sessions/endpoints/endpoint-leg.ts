import { withEndpoint } from '../../directory/agent-work.ts';
import type { EndpointGhost } from '../../matrix/room-operation.ts';
import { as, type AgentId } from '../../platform/ids.ts';
import type { Draft } from '../draft.ts';
import type { AgentLeg, EndpointPart } from '../session.ts';
import { freeEndpoint, purposeOf, shownOfFirst } from './endpoint-offers.ts';
import { saidSoFar } from './said-so-far.ts';
import { networkTitle, tellEndpoint } from './to-endpoint.ts';

/** Stands in the room for the agent who writes from there. */
export function ghostOf(draft: Draft, agent: AgentId, { key, line }: EndpointPart): EndpointGhost {
  const { tenant } = draft.state;
  const name = tenant.agents.get(agent)?.name ?? agent;
  return { endpoint: as(key), name: `${name} (${networkTitle(tenant, line)})` };
}

/** The agent talks to the customer there from now on. */
export function connectEndpoint(draft: Draft, agent: AgentId, part: EndpointPart): void {
  const { session, conversationId: conversation } = draft;
  draft.changeWork(agent, (work) =>
    withEndpoint(work, part.key, ({ helped: _, ...endpoint }) => ({
      ...endpoint,
      engaged: {
        state: 'connected',
        session: session.id,
        conversation,
        offer: session.offersMade,
      },
    })),
  );
  draft.toRoom({ kind: 'ghost', ghost: ghostOf(draft, agent, part), isIn: true });
  const yours =
    'The session is yours. What you write here goes to the customer, except lines that begin with “!” (!help).';
  const text = [yours, ...saidSoFar(draft, shownOfFirst)].join('\n');
  tellEndpoint(draft, part, purposeOf(draft, agent), text);
}

/** The agent has no part there any more. `told`: absent: they cannot be reached there, or are not to be. */
export function leaveEndpoint(draft: Draft, { agent, endpoint }: AgentLeg, told?: string): void {
  if (endpoint === undefined) return;
  freeEndpoint(draft, agent, endpoint);
  draft.toRoom({ kind: 'ghost', ghost: ghostOf(draft, agent, endpoint), isIn: false }, 'never');
  if (told !== undefined) tellEndpoint(draft, endpoint, purposeOf(draft, agent), told);
}

/** The same leg, in Element only. */
export function withoutEndpoint({ endpoint: _, ...leg }: AgentLeg): AgentLeg {
  return leg;
}
