import { askApplication } from '../applications/ask-application.ts';
import type { Draft } from '../draft.ts';

/** The session is over: the `action` of its `enqueue` is told how the waiting ended, once. What it answers is too late. */
export function tellQueueAction(draft: Draft): void {
  const { programme, acceptedAt } = draft.session;
  const action = programme?.queued?.action;
  if (programme === undefined || action === undefined) return;
  askApplication(draft, {
    call: programme.waits + 1,
    application: action,
    ...(programme.asked === undefined ? {} : { by: programme.asked }),
    event: 'queue',
    parameters: { QueueResult: acceptedAt === undefined ? 'hangup' : 'bridged' },
  });
}
