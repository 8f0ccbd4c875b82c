import { mediumOf, type Medium } from '../message/medium.ts';
import type { Content } from '../message/message.ts';
import type { Draft } from './draft.ts';
import { rescind } from './rescind.ts';
import { connectedAgents } from './session.ts';
import { tellUnhandled, unhandled } from './unhandled.ts';

/**
 * A session asks for agents who handle what its customer sends. A medium that comes while it waits takes it from whom it is offered to and who
 * does not handle it; from whoever talks to the customer already nothing is taken.
 */
export function customerSent(draft: Draft, content: Content): void {
  if (draft.openSession === undefined) return;
  const medium = mediumOf(content);
  const { media = [], offer } = draft.session;
  if (medium === undefined || media.includes(medium)) return;
  const before = unhandled(draft);
  draft.changeSession({ media: [...media, medium] });
  const { queueEntry } = draft;
  if (queueEntry !== undefined) draft.queueEntry = { ...queueEntry, media: [...media, medium] };
  // An offer that is still on its way is looked at when it comes.
  const agent = offer && draft.state.tenant.agents.get(offer.agent);
  if (agent?.media?.includes(medium) === false)
    rescind(draft, agent.id, `The customer sent ${medium}, which is outside of your media.`);
  const now = unhandled(draft);
  if (now !== undefined && now !== before) tellUnhandled(draft);
  tellOfAgents(draft, medium);
}

/** What the agents who have the session are to know: each medium comes here once. */
function tellOfAgents(draft: Draft, medium: Medium): void {
  for (const leg of connectedAgents(draft.session)) {
    const agent = draft.state.tenant.agents.get(leg.agent);
    if (agent?.media?.includes(medium) !== false) continue;
    const way =
      leg.endpoint === undefined ? ' Leave the room to pass the session on: it goes back to its queue.' : '';
    const text = `The customer sent ${medium}, which is outside of ${agent.name}’s media.${way}`;
    draft.toRoom({ kind: 'notice', text }, 'never');
  }
}
