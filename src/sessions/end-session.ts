import { askApplication, told } from './applications/ask-application.ts';
import type { Draft } from './draft.ts';
import { leaveEndpoint } from './endpoints/endpoint-leg.ts';
import { endOffer, layDown, removeAccounts } from './offers.ts';
import { sessionEnds } from './promises/promises.ts';
import { leaveQueue } from './queueing.ts';
import { keepProgramme } from './programme/keep-programme.ts';
import { tellQueueAction } from './programme/queue-action.ts';
import type { AgentLeg } from './session.ts';
import { pinnedAddress, say } from './tell-customer.ts';
import { tenantTexts } from './tenant-texts.ts';
import { beginWrapUp } from './wrap-up.ts';

/**
 * Ends the open session: the customer is told what the tenant wants told, agents leave the room. The next message opens
 * another session in the same room.
 */
export function endSession(
  draft: Draft,
  by: string,
  options: { readonly tellCustomer: boolean; readonly tellLine?: boolean },
): void {
  const { state } = draft;
  const { closed } = tenantTexts(draft);
  if (options.tellCustomer && closed !== undefined) say(draft, closed, 'closed');
  if (options.tellLine !== false)
    draft.toLine({ kind: 'session', state: 'closed', line: state.line.id, address: pinnedAddress(draft) });
  draft.toRoom({ kind: 'notice', text: `Session closed by ${by}.` }, 'never');
  const { offer } = draft.session;
  // Before the offer is forgotten: it is part of how the waiting ended.
  tellQueueAction(draft);
  if (offer !== undefined) endOffer(draft, offer, 'cancelled');
  // Routing may have given it to an agent whom the news has not reached.
  const promised = draft.queueEntry?.agent;
  leaveQueue(draft);
  tellService(draft);
  keepProgramme(draft, undefined);
  if (promised !== undefined) layDown(draft, promised);
  for (const leg of draft.session.legs) {
    if (leg.role !== 'agent' || !isPresent(leg)) continue;
    leaveEndpoint(draft, leg, `Session closed by ${by}.`);
    layDown(draft, leg.agent);
    if (leg.state === 'connected' && beginWrapUp(draft, leg)) continue;
    removeAccounts(draft, leg, 'The session is closed.');
  }
  sessionEnds(draft);
  const legs = draft.session.legs.map((leg) =>
    leg.role === 'customer' || isPresent(leg) ? { ...leg, state: 'ended' as const, since: state.now } : leg,
  );
  draft.changeSession({ state: 'closed', closedAt: state.now, closedBy: by, legs });
  const { openSession, ...conversation } = draft.conversation;
  draft.conversation = conversation;
}

/** An application that has the session hears that it is over. */
function tellService(draft: Draft): void {
  const { state, session } = draft;
  const settings = state.tenant.services?.get(session.service);
  if (settings?.kind !== 'application') return;
  askApplication(draft, { call: told, application: settings.application, event: 'ended' });
}

function isPresent(leg: AgentLeg): boolean {
  return leg.state === 'connected' || leg.state === 'alerting' || leg.state === 'held';
}
