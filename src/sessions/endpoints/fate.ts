import type { ConversationId, SessionId } from '../../platform/ids.ts';
import type { DeliveryResult, EndpointWord } from '../conversation-event.ts';

/** What became of something that went to an endpoint. */
interface Fate {
  /** The session that it was about. */
  readonly about?: { readonly session: SessionId; readonly conversation: ConversationId };
  /** It was an offer, which is there now or will not come. */
  readonly isOfferEnd: boolean;
  /** Nothing gets there for good. */
  readonly isGone: boolean;
  /** What the session's conversation hears of it; absent: nothing. */
  readonly word?: EndpointWord;
}

/** Failures that say of the person, not of what was to be said, that they are not reached. */
const lasting: ReadonlySet<string> = new Set(['permanent', 'optedOut', 'unreachable']);

/** Undefined for what went elsewhere. Pure. */
export function fateOf({ status, operation, failure, messageId }: DeliveryResult): Fate | undefined {
  if (operation.on !== 'line' || operation.operation.kind === 'session') return undefined;
  const sent = operation.operation;
  const purpose = sent.endpoint;
  if (purpose === undefined) return undefined;
  const { session, conversation, offer } = purpose;
  const about = session === undefined || conversation === undefined ? undefined : { session, conversation };
  const isOver = status !== 'pending' && status !== 'sending';
  const fate = {
    ...(about === undefined ? {} : { about }),
    isOfferEnd: offer !== undefined && isOver && (sent.part === sent.parts || failure !== undefined),
  };
  if (status === 'sent' || status === 'delivered' || status === 'read') {
    const isWhole = offer !== undefined && sent.part === sent.parts;
    return { ...fate, isGone: false, ...(isWhole ? { word: { what: 'shown', offer } } : {}) };
  }
  const { kind = 'unknown', reason = 'the network gave no reason' } = failure ?? {};
  const content = sent.message.content?.kind;
  const isPlain = sent.kind === 'send' && (content === 'text' || content === 'choice');
  const isGone = status === 'failed' && isPlain && lasting.has(kind);
  const word: EndpointWord = {
    what: 'undelivered',
    outcome: status === 'failed' || status === 'unclear' ? status : 'pending',
    kind,
    reason,
    isGone,
    ...(messageId === undefined ? {} : { message: messageId }),
    ...(offer === undefined ? {} : { offer }),
  };
  return { ...fate, isGone, word };
}
