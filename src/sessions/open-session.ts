import type { MessageId, ServiceId, SessionId } from '../platform/ids.ts';
import { normaliseIdentifier } from '../directory/identifier.ts';
import { directService } from '../directory/service-settings.ts';
import type { Draft } from './draft.ts';
import { startService } from './run-service.ts';
import type { Leg } from './session.ts';

const longestIdentifier = 500;

/** Opens a session unless one is open. The conversation's record names it, so there is never a second. `to`: the name that the customer wrote to. */
export function ensureSession(draft: Draft, to?: string): void {
  if (draft.openSession !== undefined) return;
  const { state } = draft;
  const id = draft.derive<SessionId>('session');
  const customer: Leg = {
    role: 'customer',
    line: state.line.id,
    address: draft.conversation.address,
    state: 'connected',
    since: state.now,
    ...(draft.address.app === undefined ? {} : { app: draft.address.app }),
  };
  draft.beginSession({
    id,
    conversation: state.id,
    contact: draft.conversation.contact,
    service: serviceFor(draft, to),
    queue: state.line.queue,
    state: 'talking',
    openedAt: state.now,
    legs: [customer],
    firstMessage: draft.derive<MessageId>('message'),
    ...(to === undefined ? {} : { identifier: to.slice(0, longestIdentifier) }),
    offersMade: 0,
    toldBusy: false,
    notes: [],
    lossesTold: [],
  });
  draft.conversation = { ...draft.conversation, openSession: id, sessions: draft.conversation.sessions + 1 };
  startService(draft);
}

function serviceFor({ state }: Draft, to: string | undefined): ServiceId {
  const named = to === undefined ? undefined : state.tenant.serviceOf?.get(normaliseIdentifier(to));
  return named ?? state.line.service ?? directService;
}
