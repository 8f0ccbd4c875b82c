import type { MessageId, SessionId } from '../platform/ids.ts';
import type { Draft } from './draft.ts';
import { runService } from './run-service.ts';
import type { Leg } from './session.ts';

/** Opens a session unless one is open. The conversation's record names it, so there is never a second. */
export function ensureSession(draft: Draft): void {
  if (draft.openSession !== undefined) return;
  const { state } = draft;
  const id = draft.derive<SessionId>('session');
  const customer: Leg = {
    role: 'customer',
    line: state.line.id,
    address: draft.conversation.address,
    state: 'connected',
    since: state.now,
  };
  draft.beginSession({
    id,
    conversation: state.id,
    contact: draft.conversation.contact,
    service: 'direct',
    queue: state.line.queue,
    state: 'waiting',
    openedAt: state.now,
    legs: [customer],
    firstMessage: draft.derive<MessageId>('message'),
    offersMade: 0,
    toldBusy: false,
    notes: [],
    lossesTold: [],
  });
  draft.conversation = { ...draft.conversation, openSession: id, sessions: draft.conversation.sessions + 1 };
  runService(draft, 'started');
}
