import { DeliveryFailure, type Taken } from '../../delivery/delivery.ts';
import { linkMessage, roomLeg } from '../../delivery/message-links.ts';
import type { MediaContent, Message, TextContent } from '../../message/message.ts';
import {
  as,
  type MatrixEventId,
  type MatrixUserId,
  type MessageId,
  type TenantId,
} from '../../platform/ids.ts';
import type { Write } from '../../store/store.ts';
import { fitEvent } from '../events/event-size.ts';
import {
  nameOf,
  toRoomEvent,
  withoutFile,
  type ResolvedReferences,
  type RoomEvent,
  type UploadedMedia,
} from '../events/to-room-event.ts';
import { MediaUnavailable } from '../media/media-to-room.ts';
import type { RoomOperation, RoomRecord } from '../room-operation.ts';
import type { OperationContext, RoomDelivery } from './context.ts';
import { deliveryFailureOf } from './delivery-failure.ts';
import { putRelation, targetOf, type RoomRelation, type Target } from './room-relations.ts';
import { sendOnce } from './send-once.ts';
import { nameOfSpeaker, speak, transactionId } from './speak.ts';

export type MessageOperation = Extract<RoomOperation, { readonly kind: 'message' }>;

/** After so many attempts a file that still cannot be had is given up, so that it does not hold up what was said after it. */
const mediaAttempts = 6;

/** A text too long for an event goes as a file; so much of it stays readable beside that. */
const beginningOfLongText = 1000;

/** Older and future times are not the homeserver's business: `ts` is for messages that waited. */
const oldestMs = 30 * 24 * 3600 * 1000;

/** Shows a new or corrected message or a reaction in the room. @throws {DeliveryFailure} @throws {MatrixError} */
export async function sendMessage(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  operation: MessageOperation,
): Promise<Taken> {
  const { client, clock } = context;
  const { conversation } = delivery;
  const targets = await targetsOf(context, tenant, delivery, operation.message);
  const event = await eventFor(context, tenant, delivery, operation, eventsIn(targets));
  const age = clock.now() - operation.at;
  const send = async (room: RoomRecord, actAs: MatrixUserId | undefined): Promise<MatrixEventId> =>
    sendOnce(context, tenant, delivery, { room, actAs }, (asserted) =>
      client.sendEvent({
        ...event,
        room: room.roomId,
        txnId: transactionId(tenant, room, actAs, delivery.id),
        ...asserted,
        ...(age >= 0 && age <= oldestMs ? { at: operation.at } : {}),
      }),
    );
  const eventId = await speak(context, tenant, conversation, operation.as, send);
  return { nativeId: eventId, writes: writesAbout(delivery, operation, targets, eventId) };
}

function writesAbout(
  delivery: RoomDelivery,
  operation: MessageOperation,
  targets: Targets,
  eventId: MatrixEventId,
): Write[] {
  const { conversation } = delivery;
  const { messageId, message, at, as: by } = operation;
  const link = linkMessage(roomLeg(conversation), eventId, messageId, at);
  const about = (targets.edits ?? targets.reactsTo)?.message;
  if (about === undefined) return [link];
  const relation: RoomRelation = {
    conversation,
    about,
    at,
    by: nameOfSpeaker(by),
    ...(message.reactsTo === undefined
      ? { kind: 'edit' as const }
      : { kind: 'reaction' as const, emoji: message.reactsTo.emoji }),
  };
  return [link, putRelation(eventId, relation)];
}

async function eventFor(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  operation: MessageOperation,
  references: ResolvedReferences,
): Promise<RoomEvent> {
  const { media: mediaToRoom } = context;
  const { message } = operation;
  const about = { delivery: delivery.id, references };
  const { content } = message;
  if (content !== undefined && 'media' in content) {
    const media = await fileFor(context, tenant, delivery, content);
    const shown =
      'mxc' in media
        ? toRoomEvent(message, { ...about, media })
        : toRoomEvent({ ...message, content: media }, about);
    const fitting = fitEvent(shown);
    if (fitting !== undefined) return fitting;
  } else {
    const fitting = fitEvent(toRoomEvent(message, about));
    if (fitting !== undefined) return fitting;
  }
  const text = longTextOf(message);
  const media = await mediaToRoom.uploadText(text, 'message.txt');
  const asFile: MediaContent = {
    kind: 'file',
    media: { source: { type: 'url', url: media.mxc }, mimeType: media.mimeType, fileName: 'message.txt' },
    caption: `${Array.from(text).slice(0, beginningOfLongText).join('')}…`,
  };
  return toRoomEvent({ ...message, content: asFile }, { ...about, media });
}

function longTextOf(message: Message): string {
  const { content } = message;
  if (content?.kind === 'text' || content?.kind === 'choice' || content?.kind === 'template')
    return content.text;
  if (content !== undefined && 'caption' in content) return `${nameOf(content)}\n${content.caption}`;
  return JSON.stringify(content, undefined, 2);
}

/** The file in the homeserver's media repository, or the words that stand for it. */
async function fileFor(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  content: MediaContent,
): Promise<UploadedMedia | TextContent> {
  const { uploads, media } = context;
  const known = uploads.get(delivery.id);
  if (known !== undefined) return known;
  try {
    const uploaded = await media.upload(tenant, content.media);
    uploads.set(delivery.id, uploaded);
    return uploaded;
  } catch (error) {
    if (error instanceof MediaUnavailable) return withoutFile(content, error.reason);
    const failure = deliveryFailureOf(error);
    if (delivery.attempts < mediaAttempts || !(failure instanceof DeliveryFailure)) throw error;
    return withoutFile(content, failure.reason);
  }
}

interface Targets {
  readonly replyTo: Target | undefined;
  readonly edits: Target | undefined;
  readonly reactsTo: Target | undefined;
}

async function targetsOf(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  message: Message,
): Promise<Targets> {
  const find = async (reference: { readonly id: string } | undefined): Promise<Target | undefined> =>
    reference === undefined
      ? undefined
      : targetOf(context.store, tenant, delivery.conversation, as<MessageId>(reference.id));
  return {
    replyTo: await find(message.replyTo),
    edits: await find(message.edits),
    reactsTo: await find(message.reactsTo),
  };
}

function eventsIn({ replyTo, edits, reactsTo }: Targets): ResolvedReferences {
  return {
    ...(replyTo === undefined ? {} : { replyTo: replyTo.event }),
    ...(edits === undefined ? {} : { edits: edits.event }),
    ...(reactsTo === undefined ? {} : { reactsTo: reactsTo.event }),
  };
}
