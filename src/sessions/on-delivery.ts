import type { MatrixUserId } from '../platform/ids.ts';
import type { DeliveryResult, LineOperation } from './conversation-event.ts';
import type { Draft } from './draft.ts';
import { dropOffer, pendingOfferTo, restartDeadline } from './offers.ts';
import { usersOf } from './session.ts';
import { undeliveredNotice } from './undelivered-notice.ts';
import type { RoomOperation } from '../matrix/room-operation.ts';

/** A delivery came to an end: the agents see it at the message itself. */
export function onDelivery(draft: Draft, result: DeliveryResult): void {
  if (result.operation.on === 'service') return;
  if (result.operation.on === 'chooser') return;
  // What is handed to a tenant is nothing of that tenant's own.
  if (result.operation.on === 'tenant') return;
  if (result.operation.on === 'line') onLineDelivery(draft, result, result.operation.operation);
  else if (result.operation.on === 'hook') return;
  else if (result.status === 'sent') onRoomSuccess(draft, result.operation.operation);
  else if (result.status === 'failed' || result.status === 'unclear') {
    onRoomFailure(
      draft,
      result.operation.operation,
      result.failure?.reason ?? 'the homeserver gave no reason',
    );
  }
}

function onLineDelivery(draft: Draft, result: DeliveryResult, operation: LineOperation): void {
  if (result.messageId === undefined || operation.kind === 'session') return;
  if (result.status === 'failed' || result.status === 'unclear') {
    const reason = result.failure?.reason ?? 'the network gave no reason';
    const part = operation.parts > 1 ? ` (part ${String(operation.part)} of ${String(operation.parts)})` : '';
    const text = undeliveredNotice(result.status, `${reason}${part}`);
    draft.toRoom({ kind: 'notice', text, about: result.messageId }, 'never');
    const { messageId: message, status, failure } = result;
    const data = { message, line: operation.line, outcome: status, failure: failure?.kind ?? 'unknown' };
    draft.happened({ type: 'message.failed', data });
    return;
  }
  if (result.status === 'pending' || result.status === 'sending') {
    const reason = result.failure?.reason ?? 'the network gave no reason';
    draft.toRoom(
      { kind: 'notice', text: `Delayed: ${reason}. Switchboard keeps trying.`, about: result.messageId },
      'never',
    );
    return;
  }
  if (operation.part === operation.parts) {
    draft.toRoom({ kind: 'receipt', as: 'bot', about: result.messageId }, 'never');
    draft.happened({ type: 'message.sent', data: { message: result.messageId, line: operation.line } });
  }
}

function onRoomFailure(draft: Draft, operation: RoomOperation, reason: string): void {
  if (operation.kind === 'invite') {
    onInviteFailed(draft, operation.user, reason);
    return;
  }
  const text = roomFailureText(operation, reason);
  if (text !== undefined) draft.toRoom({ kind: 'notice', text }, 'never');
}

function roomFailureText(operation: RoomOperation, reason: string): string | undefined {
  switch (operation.kind) {
    case 'message':
      return `A message ${operation.as === 'contact' ? 'of the customer' : 'to the customer'} could not be shown here: ${reason}. To show it again, write !retry.`;
    case 'remove':
      return `${operation.user} could not be removed and still reads what is written here: ${reason}.`;
    case 'follow':
      return `The conversation stays in this room: ${reason}.`;
    default:
      return undefined;
  }
}

function onRoomSuccess(draft: Draft, operation: RoomOperation): void {
  const offer = operation.kind === 'invite' ? pendingOfferTo(draft, operation.user) : undefined;
  if (offer?.reached === false) restartDeadline(draft, offer, true);
}

/** The session must not hang on an agent who cannot be invited, with any of their accounts. */
function onInviteFailed(draft: Draft, user: MatrixUserId, reason: string): void {
  const offer = pendingOfferTo(draft, user);
  if (offer === undefined) return;
  draft.toRoom({ kind: 'notice', text: `${user} could not be invited: ${reason}.` }, 'never');
  const uninvited = [...new Set([...(offer.uninvited ?? []), user])];
  const isAskedElsewhere = offer.endpoints !== undefined;
  if (!isAskedElsewhere && usersOf(offer).every((each) => uninvited.includes(each)))
    dropOffer(draft, offer, 'rescinded');
  else draft.changeSession({ offer: { ...offer, uninvited } });
}
