import type { Taken } from '../../delivery/delivery.ts';
import {
  as,
  type MatrixEventId,
  type MatrixRoomId,
  type MessageId,
  type TenantId,
} from '../../platform/ids.ts';
import { eventIdAt, fieldsAt } from '../events/fields.ts';
import { noticeEvent } from '../events/notice-event.ts';
import { relationsOf } from '../events/relations.ts';
import type { RoomOperation } from '../room-operation.ts';
import type { OperationContext, RoomDelivery } from './context.ts';
import { targetOf } from './room-relations.ts';
import { sendOnce } from './send-once.ts';
import { speak, transactionId } from './speak.ts';

/** Says something to the agents, in the thread of what it is about. @throws {MatrixError} */
export async function sendNotice(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  operation: Extract<RoomOperation, { readonly kind: 'notice' }>,
): Promise<Taken> {
  const { client, store } = context;
  const { conversation } = delivery;
  const { about: named, text, html, mention } = operation;
  const nativeId = await speak(context, tenant, conversation, 'bot', async (room) => {
    const about =
      named?.startsWith('$') === true
        ? as<MatrixEventId>(named)
        : named === undefined
          ? undefined
          : (await targetOf(store, tenant, conversation, as<MessageId>(named)))?.event;
    const root = about === undefined ? undefined : await threadRoot(context, room.roomId, about);
    const event = noticeEvent({
      text,
      delivery: delivery.id,
      ...(html === undefined ? {} : { html }),
      ...(mention === undefined ? {} : { mention }),
      ...(about === undefined || root === undefined ? {} : { thread: { root, about } }),
    });
    return sendOnce(context, tenant, delivery, { room, actAs: undefined }, (asserted) =>
      client.sendEvent({
        ...event,
        room: room.roomId,
        txnId: transactionId(tenant, room, undefined, delivery.id),
        ...asserted,
      }),
    );
  });
  return { nativeId };
}

/**
 * The event at which a thread about another event begins: homeservers refuse threads that begin at an event with a relation of
 * its own. Undefined where the room does not have the event (it may be in the room before an upgrade): then the notice stands alone.
 */
async function threadRoot(
  context: OperationContext,
  room: MatrixRoomId,
  about: MatrixEventId,
): Promise<MatrixEventId | undefined> {
  let candidate = about;
  // An edit of a message in a thread is two steps from its root; whoever needs more is playing with us.
  for (let step = 0; step < 3; step += 1) {
    const event = await context.calls.event(room, candidate);
    if (event === undefined) return undefined;
    const relation = fieldsAt(event.content, 'm.relates_to');
    const { replaces, annotates } = relationsOf(event.content);
    const inThread = relation?.['rel_type'] === 'm.thread' ? eventIdAt(relation, 'event_id') : undefined;
    if (inThread !== undefined) return as(inThread);
    const next = replaces ?? annotates?.event;
    if (next === undefined) return candidate;
    candidate = as(next);
  }
  return undefined;
}
