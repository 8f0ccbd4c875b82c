import type { ChannelEvent } from '../channels/channel.ts';
import type { ConversationOperation } from './conversation-event.ts';
import type { Draft } from './draft.ts';
import { clearedNotice, undeliveredNotice } from './undelivered-notice.ts';

/** The network told how far one of our messages got. Statuses only go forwards, whatever the order of arrival. */
export function onReceipt(draft: Draft, event: Extract<ChannelEvent, { kind: 'receipt' }>): void {
  const { writes, moved, cleared } = draft.state.receipt;
  draft.write(...writes);
  const about = moved.at(-1)?.messageId;
  if (about === undefined) return;
  tellHappened(draft, event);
  if (event.status === 'read') draft.toRoom({ kind: 'receipt', as: 'contact', about }, 'never');
  if (cleared?.messageId !== undefined && cleared.status !== 'failed') {
    draft.toRoom({ kind: 'notice', text: clearedNotice, about: cleared.messageId }, 'never');
  }
  if (event.status === 'failed' || event.status === 'unclear') {
    const reason = event.reason ?? 'the network gave no reason';
    draft.toRoom({ kind: 'notice', text: undeliveredNotice(event.status, reason), about }, 'never');
  }
}

/** Of a message in parts, once: with the last of them. */
function tellHappened(draft: Draft, { status }: Extract<ChannelEvent, { kind: 'receipt' }>): void {
  if (status === 'sent') return;
  const failed = status === 'failed' || status === 'unclear';
  for (const { messageId: message, operation } of draft.state.receipt.moved) {
    const { on, operation: sent } = operation as ConversationOperation;
    if (message === undefined || on !== 'line' || sent.kind === 'session' || sent.part !== sent.parts)
      continue;
    const data = { message, line: sent.line, ...(failed ? { outcome: status, failure: 'reported' } : {}) };
    draft.happened({ type: failed ? 'message.failed' : `message.${status}`, data });
  }
}
