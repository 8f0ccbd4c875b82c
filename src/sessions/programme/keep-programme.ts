import { taken } from '../../services/programme/happenings.ts';
import { isIdle, type Programme, type Wait } from '../../services/programme/programme.ts';
import type { Draft } from '../draft.ts';

/** What the service of the open session wants done from now on, with the timer for what it waits for. */
export function keepProgramme(draft: Draft, programme: Programme | undefined): void {
  const { programme: before, ...session } = draft.session;
  if (programme !== undefined && !isIdle(programme)) draft.changeSession({ programme });
  else if (before !== undefined) draft.beginSession(session);
  setTimer(draft, before?.wait, programme?.wait);
}

function setTimer(draft: Draft, before: Wait | undefined, now: Wait | undefined): void {
  if (before?.number === now?.number) return;
  if (now !== undefined)
    draft.setTimer({ name: 'service-waits', session: draft.session.id, wait: now.number }, now.until);
  else draft.cancelTimer({ name: 'service-waits' });
}

/** An agent has the session: the service says nothing more. */
export function handOver(draft: Draft): void {
  const { programme } = draft.session;
  if (programme !== undefined) keepProgramme(draft, taken(programme));
}
