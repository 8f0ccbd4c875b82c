import type { PromiseKind } from '../directory/service-levels.ts';
import type { Draft } from './draft.ts';
import { enterQueue } from './queueing.ts';

/** Longer than a timer is ever late in a system that runs. */
const lateMs = 60_000;

/**
 * Sets a timer of the session again that should have come long ago: its entry is in quarantine (its line was not declared for a while,
 * say), and without it the session would wait for ever and keep its agent's place.
 */
export function renewOverdueTimers(draft: Draft): void {
  const { openSession: session, state } = draft;
  if (session === undefined) return;
  const { offer } = session;
  if (offer !== undefined && offer.deadline + lateMs < state.now)
    draft.setTimer({ name: 'offer-deadline', session: session.id, offer: offer.number }, state.now);
  const { wait } = session.programme ?? {};
  if (wait !== undefined && wait.until + lateMs < state.now)
    draft.setTimer({ name: 'service-waits', session: session.id, wait: wait.number }, state.now);
  const { queueEntry } = draft;
  if (queueEntry?.until !== undefined && queueEntry.until + lateMs < state.now)
    draft.setTimer(
      { name: 'queue-timeout', session: session.id, enteredAt: queueEntry.enteredAt },
      state.now,
    );
  for (const [promise, { state: stands, dueAt }] of Object.entries(session.promises?.open ?? {}))
    if (stands !== 'broken' && dueAt + lateMs < state.now)
      draft.setTimer({ name: 'promise', session: session.id, promise: promise as PromiseKind }, state.now);
  waitAsNow(draft);
}

/** A session that waits is in a queue. One that a version before 0.2 left waiting is not, yet. */
export function waitAsNow(draft: Draft): void {
  const { openSession } = draft;
  if (openSession?.state === 'waiting' && draft.queueEntry === undefined) enterQueue(draft);
}
