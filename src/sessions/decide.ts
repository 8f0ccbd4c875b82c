import type { InboxEntryId } from '../platform/ids.ts';
import type { Decision } from '../delivery/delivery.ts';
import type { ConversationEvent, ConversationOperation } from './conversation-event.ts';
import type { ConversationState, ConvertedEvent } from './conversation-state.ts';
import { Draft } from './draft.ts';
import { endSessionOfAgent, passToEndpoint, senderOf } from './endpoints/no-customer.ts';
import { onEndpoint } from './endpoints/on-endpoint.ts';
import { onCustomer } from './on-customer.ts';
import { onDelivery } from './on-delivery.ts';
import { onQueueNews } from './on-queue-news.ts';
import { onRoom } from './on-room.ts';
import { onTimer } from './on-timer.ts';
import { onApplication, onLookedUp } from './programme/on-service-event.ts';
import { renewOverdueTimers } from './overdue-timers.ts';
import { releaseGoneAgents } from './release-agents.ts';

/**
 * Turns one event and the state that was read for it into what is to be written and sent. Pure: the same entry and state give
 * the same decision, ids included, so it may be taken again after a crash or a conflict.
 */
export function decide(
  state: ConversationState,
  entry: InboxEntryId,
  event: ConvertedEvent,
): Decision<ConversationEvent, ConversationOperation> {
  const draft = new Draft(state, entry);
  if (event.type === 'timer' || event.type === 'queue' || isWord(event)) {
    endSessionOfAgent(draft);
    releaseGoneAgents(draft);
  }
  if (isWord(event)) renewOverdueTimers(draft);
  const sender = senderOf(draft, event);
  switch (event.type) {
    case 'channel':
      if (sender !== undefined) passToEndpoint(draft, sender, event);
      else onCustomer(draft, event.event, event.service);
      break;
    case 'endpoint':
      onEndpoint(draft, event);
      break;
    case 'room':
      onRoom(draft, event.input);
      break;
    case 'delivery':
      onDelivery(draft, event.result);
      break;
    case 'timer':
      onTimer(draft, event.timer);
      break;
    case 'queue':
      onQueueNews(draft, event.news);
      break;
    case 'looked-up':
      onLookedUp(draft, event);
      break;
    case 'application':
      onApplication(draft, event);
      break;
  }
  return draft.decision();
}

/** Somebody in the conversation did something. */
function isWord(event: ConvertedEvent): boolean {
  if (event.type === 'endpoint') return event.word.what === 'message' || event.word.what === 'command';
  return event.type === 'room' || (event.type === 'channel' && event.event.kind === 'message');
}
