import type { QueueResult } from '../../services/programme/programme.ts';
import { askApplication, told } from '../applications/ask-application.ts';
import type { Draft } from '../draft.ts';

/**
 * The `action` of the session's `enqueue` is told how the waiting ended, once, where what it answers is not done: the session is over, or goes
 * elsewhere.
 */
export function tellQueueAction(draft: Draft, result: QueueResult = resultAtEnd(draft)): void {
  const { programme } = draft.session;
  const action = programme?.queued?.action;
  if (programme?.queued === undefined || action === undefined) return;
  askApplication(draft, {
    call: told,
    application: action,
    ...(programme.asked === undefined ? {} : { by: programme.asked }),
    event: 'queue',
    parameters: { QueueResult: result },
  });
  const { action: _, ...queued } = programme.queued;
  draft.changeSession({ programme: { ...programme, queued } });
}

function resultAtEnd({ session }: Draft): QueueResult {
  if (session.acceptedAt !== undefined) return 'bridged';
  return session.offer === undefined ? 'hangup' : 'bridging-in-process';
}
