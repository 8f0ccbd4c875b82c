import { nativesOfMessage, roomLeg } from '../../delivery/message-links.ts';
import {
  as,
  type ConversationId,
  type MatrixEventId,
  type MessageId,
  type TenantId,
} from '../../platform/ids.ts';
import { defineCollection, put, remove, type Store, type Stored, type Write } from '../../store/store.ts';

/** An edit or a reaction that we sent, by what it is about, so that it can be found when that is taken back. Id: its event id. */
export interface RoomRelation {
  readonly conversation: ConversationId;
  readonly about: MessageId;
  readonly at: number;
  readonly kind: 'edit' | 'reaction';
  /** `contact`, `bot`, or the endpoint of a ghost. */
  readonly by: string;
  readonly emoji?: string;
}

const roomRelations = defineCollection<RoomRelation>('room-relations', {
  byAbout: ['conversation', 'about', 'at'],
});

export function putRelation(event: MatrixEventId, relation: RoomRelation): Write {
  return put(roomRelations, event, relation, 'any');
}

export function removeRelation(event: MatrixEventId): Write {
  return remove(roomRelations, event, 'any');
}

export async function relationsAbout(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  about: MessageId,
): Promise<Stored<RoomRelation>[]> {
  return store.find(tenant, roomRelations, { index: 'byAbout', equals: [conversation, about] });
}

/** The events of a message in its room, first part first; empty where the room never had it. */
export async function eventsOf(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  message: MessageId,
): Promise<MatrixEventId[]> {
  const natives = await nativesOfMessage(store, tenant, roomLeg(conversation), message);
  return natives.map((native) => as<MatrixEventId>(native));
}

/** What a reference means in the room: a message and its first event. Of an edit, what it edited, because an edit cannot be edited. */
export interface Target {
  readonly message: MessageId;
  readonly event: MatrixEventId;
}

/** Undefined where the room never had the message. */
export async function targetOf(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  message: MessageId,
): Promise<Target | undefined> {
  const [event] = await eventsOf(store, tenant, conversation, message);
  if (event === undefined) return undefined;
  const relation = (await store.get(tenant, roomRelations, event))?.value;
  if (relation?.kind !== 'edit') return { message, event };
  const [edited] = await eventsOf(store, tenant, conversation, relation.about);
  return edited === undefined ? { message, event } : { message: relation.about, event: edited };
}
