import type { ConversationTimer } from './conversation-event.ts';
import type { Draft } from './draft.ts';
import { onSilence } from './endpoints/unreachable.ts';
import { dropOffer, restartDeadline } from './offers.ts';
import { queueTimeCame } from './programme/dequeue.ts';
import { serviceTimeCame } from './programme/on-service-event.ts';
import { onPromiseTimer } from './promises/on-promise-timer.ts';
import { waitAsNow } from './overdue-timers.ts';
import { endWrapUp } from './wrap-up.ts';

/** A timer of a session that moved on meanwhile says nothing. */
export function onTimer(draft: Draft, timer: ConversationTimer): void {
  if (timer.name === 'wrap-up-over') {
    endWrapUp(draft, timer.session, timer.agent);
    return;
  }
  const session = draft.openSession;
  if (session?.id !== timer.session) return;
  switch (timer.name) {
    case 'offer-deadline':
      if (session.offer?.number !== timer.offer) return;
      if (!session.offer.reached) {
        restartDeadline(draft, session.offer, false);
        return;
      }
      dropOffer(draft, session.offer, 'timeout');
      return;
    case 'service-waits':
      serviceTimeCame(draft, timer.wait);
      return;
    case 'queue-timeout':
      queueTimeCame(draft, timer.enteredAt);
      return;
    case 'endpoint-silent':
      onSilence(draft, timer.agent);
      return;
    case 'wait-over':
      waitAsNow(draft);
      return;
    case 'promise':
      onPromiseTimer(draft, timer.promise);
      return;
  }
}
