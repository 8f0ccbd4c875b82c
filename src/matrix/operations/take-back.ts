import type { Taken } from '../../delivery/delivery.ts';
import { as, type MatrixEventId, type MessageId, type TenantId } from '../../platform/ids.ts';
import { deliveryMark } from '../events/delivery-mark.ts';
import { MatrixError } from '../transport/matrix-error.ts';
import type { OperationContext, RoomDelivery } from './context.ts';
import { eventsOf, relationsAbout, removeRelation, targetOf } from './room-relations.ts';
import type { MessageOperation } from './send-message.ts';
import { sendFromDevice } from './send-once.ts';
import { nameOfSpeaker, speak, transactionId, type Speaker } from './speak.ts';

/** Redacts a message with all its parts and corrections: a correction left behind would still show what was taken back. */
export async function retract(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  operation: MessageOperation,
  target: string,
): Promise<Taken> {
  const { store } = context;
  const { conversation } = delivery;
  const about = as<MessageId>(target);
  const edits = (await relationsAbout(store, tenant, conversation, about)).filter(
    ({ value }) => value.kind === 'edit',
  );
  const events = [
    ...(await eventsOf(store, tenant, conversation, about)),
    ...edits.map(({ id }) => as<MatrixEventId>(id)),
  ];
  const nativeId = await redactAll(context, tenant, delivery, operation.as, events);
  return { ...nativeId, writes: edits.map(({ id }) => removeRelation(as(id))) };
}

/** Redacts reactions of the same speaker to a message: that emoji, or all where none is named. */
export async function removeReaction(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  operation: MessageOperation,
  reaction: { readonly id: string; readonly emoji: string },
): Promise<Taken> {
  const { store } = context;
  const target = await targetOf(store, tenant, delivery.conversation, as<MessageId>(reaction.id));
  if (target === undefined) return {};
  const related = await relationsAbout(store, tenant, delivery.conversation, target.message);
  const events = related
    .filter(({ value }) => value.kind === 'reaction' && value.by === nameOfSpeaker(operation.as))
    .filter(({ value }) => reaction.emoji === '' || value.emoji === reaction.emoji)
    .map(({ id }) => as<MatrixEventId>(id));
  const nativeId = await redactAll(context, tenant, delivery, operation.as, events);
  return { ...nativeId, writes: events.map(removeRelation) };
}

/**
 * What is not there any more needs no redaction. Repeated where the homeserver has forgotten the first time, it says once more of an
 * event that it is taken back: clients show the same.
 */
async function redactAll(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  speaker: Speaker,
  events: readonly MatrixEventId[],
): Promise<{ readonly nativeId?: string }> {
  let nativeId: string | undefined;
  const content = { [deliveryMark]: delivery.id };
  for (const event of events) {
    try {
      nativeId = await speak(context, tenant, delivery.conversation, speaker, (room, actAs) =>
        sendFromDevice(context, tenant, actAs ?? context.names.bot, (asserted) =>
          context.calls.redact(
            room.roomId,
            event,
            transactionId(tenant, room, actAs, delivery.id, event),
            content,
            asserted,
          ),
        ),
      );
    } catch (error) {
      if (!(error instanceof MatrixError) || error.status !== 404) throw error;
    }
  }
  return nativeId === undefined ? {} : { nativeId };
}
