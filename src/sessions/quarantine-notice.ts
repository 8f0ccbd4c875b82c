import { derivedId } from '../platform/derived-id.ts';
import type { DeliveryId, TenantId } from '../platform/ids.ts';
import type { InboxEntry, NewDelivery } from '../delivery/delivery.ts';
import { roomLeg } from '../delivery/message-links.ts';
import { conversations } from '../directory/contact.ts';
import type { Directory } from '../directory/directory.ts';
import type { Store } from '../store/store.ts';
import type { ConversationEvent, ConversationOperation } from './conversation-event.ts';

/** Tells the agents of a message that could not be handled and waits for an operator: nothing vanishes (design, 5.6). */
export function createQuarantineNotice(options: { readonly store: Store; readonly directory: Directory }) {
  return async (
    tenant: TenantId,
    { id, key, event }: InboxEntry<ConversationEvent>,
  ): Promise<NewDelivery<ConversationOperation>[]> => {
    const about = aboutEvent(event);
    if (about === undefined || options.directory.tenant(tenant) === undefined) return [];
    // Without it there is no room, and nothing to make one of.
    if ((await options.store.get(tenant, conversations, key)) === undefined) return [];
    return [
      {
        id: derivedId<DeliveryId>('quarantined', tenant, key, id),
        key: roomLeg(key),
        conversation: key,
        operation: { on: 'room', operation: { kind: 'notice', ...about } },
        tell: 'never',
      },
    ];
  };
}

function aboutEvent(event: ConversationEvent) {
  if (event.type === 'channel' && event.event.kind === 'message')
    return {
      text: 'The customer wrote something that could not be handled. An operator finds it in the quarantine.',
    };
  if (event.type === 'endpoint' && event.word.what === 'message')
    return {
      text: 'Not sent to the customer: what the agent wrote from outside Matrix could not be handled. An operator finds it in the quarantine.',
    };
  if (event.type === 'room' && event.event.type === 'm.room.message')
    return {
      text: 'Not sent to the customer: this could not be handled. An operator finds it in the quarantine.',
      about: event.event.event_id,
    };
  return undefined;
}
