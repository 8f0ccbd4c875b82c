import type { ConversationTimer } from './conversation-event.ts';
import type { Draft } from './draft.ts';
import { dropOffer, restartDeadline } from './offers.ts';
import { runService } from './run-service.ts';

/** A timer of a session that moved on meanwhile says nothing. */
export function onTimer(draft: Draft, timer: ConversationTimer): void {
  const session = draft.openSession;
  if (session?.id !== timer.session) return;
  switch (timer.name) {
    case 'offer-deadline':
      if (session.offer?.number !== timer.offer) return;
      if (!session.offer.reached) {
        restartDeadline(draft, session.offer, false);
        return;
      }
      dropOffer(draft, session.offer, 'timed out');
      runService(draft, 'offerEnded');
      return;
    case 'wait-over':
      if (session.state !== 'waiting') return;
      draft.changeSession({ asked: [] });
      runService(draft, 'waited');
      return;
  }
}
