import type { MessageId, ServiceId, SessionId } from '../platform/ids.ts';
import { mediumOf } from '../message/medium.ts';
import type { Content } from '../message/message.ts';
import { directService } from '../directory/service-settings.ts';
import { serviceNamed } from '../directory/service-named.ts';
import type { Draft } from './draft.ts';
import { startService } from './run-service.ts';
import type { Leg } from './session.ts';

const longestIdentifier = 500;

/** Opens a session unless one is open. The conversation's record names it, so there is never a second. `content`: what opens it; `to`: the name that the customer wrote to. */
export function ensureSession(draft: Draft, content: Content, to?: string): void {
  if (draft.openSession !== undefined) return;
  const medium = mediumOf(content);
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
    ...(medium === undefined ? {} : { media: [medium] }),
    ...(to === undefined ? {} : { identifier: to.slice(0, longestIdentifier) }),
    offersMade: 0,
    toldBusy: false,
    notes: [],
    lossesTold: [],
  });
  draft.conversation = { ...draft.conversation, openSession: id, sessions: draft.conversation.sessions + 1 };
  startService(draft);
}

function serviceFor({ state, conversation }: Draft, to: string | undefined): ServiceId {
  const { tenant, line } = state;
  const known = [serviceNamed(tenant, to), conversation.service].find(
    (id) => id !== undefined && tenant.services?.has(id),
  );
  return known ?? line.service ?? directService;
}
