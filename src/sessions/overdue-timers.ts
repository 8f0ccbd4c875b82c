import type { Draft } from './draft.ts';

/** Longer than a timer is ever late in a system that runs. */
const lateMs = 60_000;

/**
 * Sets a timer of the session again that should have come long ago: its entry is in quarantine (its line was not declared for a while,
 * say), and without it the session would wait for ever and keep its agent's place.
 */
export function renewOverdueTimers(draft: Draft): void {
  const { openSession: session, state } = draft;
  if (session === undefined) return;
  const { offer, waitUntil } = session;
  if (offer !== undefined && offer.deadline + lateMs < state.now)
    draft.setTimer({ name: 'offer-deadline', session: session.id, offer: offer.number }, state.now);
  if (session.state === 'waiting' && waitUntil !== undefined && waitUntil + lateMs < state.now)
    draft.setTimer({ name: 'wait-over', session: session.id }, state.now);
}
