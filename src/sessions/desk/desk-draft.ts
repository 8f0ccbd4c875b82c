import { derivedId } from '../../platform/derived-id.ts';
import type { ConversationId, DeliveryId, InboxEntryId, MatrixEventId } from '../../platform/ids.ts';
import type { Decision, NewDelivery, NewEntry } from '../../delivery/delivery.ts';
import { roomLeg } from '../../delivery/message-links.ts';
import type { Agent, Tenant } from '../../directory/tenant.ts';
import type { RoomOperation } from '../../matrix/room-operation.ts';
import {
  routingKey,
  type ConversationEvent,
  type ConversationOperation,
  type QueueNews,
  type RoutingEvent,
} from '../conversation-event.ts';
import type { Write } from '../../store/store.ts';
import type { SessionRecord } from '../session.ts';
import { deskOf } from './desk.ts';

/** What one decision at a desk has come to so far. */
export class DeskDraft {
  readonly tenant: Tenant;
  readonly agent: Agent;
  readonly #entry: InboxEntryId;
  readonly #writes: Write[] = [];
  readonly #deliveries: NewDelivery<ConversationOperation>[] = [];
  readonly #entries: NewEntry<ConversationEvent>[] = [];

  constructor(tenant: Tenant, agent: Agent, entry: InboxEntryId) {
    this.tenant = tenant;
    this.agent = agent;
    this.#entry = entry;
  }

  toRoom(operation: RoomOperation): void {
    const conversation = deskOf(this.agent.id);
    this.#deliveries.push({
      id: this.#derive<DeliveryId>(`delivery ${String(this.#deliveries.length)}`),
      key: roomLeg(conversation),
      conversation,
      operation: { on: 'room', operation },
      tell: 'never',
    });
  }

  answer(about: MatrixEventId, text: string): void {
    this.toRoom({ kind: 'notice', text, about });
  }

  write(write: Write): void {
    this.#writes.push(write);
  }

  toRouting(event: RoutingEvent): void {
    this.#entries.push({ id: this.#derive(`routing ${event.type}`), key: routingKey, event });
  }

  answerOffer({ id: session, conversation }: SessionRecord, offer: number, accepts: boolean): void {
    this.#tell(conversation, { what: 'answer', session, offer, accepts });
  }

  /** What became of the offer's card. */
  tellOfCard({ id: session, conversation }: SessionRecord, offer: number, isShown: boolean): void {
    this.#tell(conversation, { what: 'card', session, offer, isShown });
  }

  #tell(conversation: ConversationId, news: QueueNews): void {
    const id = this.#derive<InboxEntryId>(`${news.what} ${news.session}`);
    this.#entries.push({ id, key: conversation, event: { type: 'queue', news } });
  }

  decision(): Decision<ConversationEvent, ConversationOperation> {
    return { writes: this.#writes, deliveries: this.#deliveries, timers: [], entries: this.#entries };
  }

  #derive<Id extends string>(what: string): Id {
    return derivedId<Id>('desk', what, this.tenant.id, this.agent.id, this.#entry);
  }
}
