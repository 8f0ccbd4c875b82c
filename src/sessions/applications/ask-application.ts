import { serviceLeg, waitingLeg } from '../../delivery/message-links.ts';
import type { ApplicationRequest } from '../../services/instruction.ts';
import type { Draft } from '../draft.ts';
import type { QueuePlace } from '../queue-place.ts';
import { sessionParameters } from './session-parameters.ts';

/**
 * Has an application of the tenant asked, outside of the decision; what it answers comes as an event `application` with the same call. While the
 * session waits in a queue the application is told its place, which routing knows: the request goes out when that has come.
 */
export function askApplication(draft: Draft, request: ApplicationRequest): void {
  const { queueEntry, session } = draft;
  if (queueEntry === undefined || request.call === told) {
    send(draft, request);
    return;
  }
  draft.queueEntry = { ...queueEntry, asks: true };
  draft.changeSession({ placeFor: request });
  draft.toRouting({ type: 'place', session: session.id });
}

/** Of requests whose answer nobody waits for: no wait has this number. */
export const told: ApplicationRequest['call'] = 0;

/** The place has come for which a request waited. False where none did. */
export function askWithPlace(draft: Draft, place: QueuePlace): boolean {
  const { placeFor, ...session } = draft.session;
  if (placeFor === undefined) return false;
  draft.beginSession(session);
  // The service may have gone on meanwhile.
  if (session.programme?.wait?.number === placeFor.call) send(draft, placeFor, place);
  return true;
}

function send(draft: Draft, request: ApplicationRequest, place?: QueuePlace): void {
  const { state, session } = draft;
  draft.toService(
    {
      session: session.id,
      kind: 'application',
      request,
      sent: sessionParameters(draft, request, place),
      queue: state.line.queue,
    },
    // What is slow while the customer waits must not hold up what comes after.
    place === undefined ? serviceLeg(state.id) : waitingLeg(state.id),
  );
}
