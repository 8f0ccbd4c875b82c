import type { ChannelEvent } from '../channels/channel.ts';
import type { Draft } from './draft.ts';
import { undeliveredNotice } from './undelivered-notice.ts';

/** The network told how far one of our messages got. Statuses only go forwards, whatever the order of arrival. */
export function onReceipt(draft: Draft, event: Extract<ChannelEvent, { kind: 'receipt' }>): void {
  const { writes, moved } = draft.state.receipt;
  draft.write(...writes);
  const about = moved.at(-1)?.messageId;
  if (about === undefined) return;
  if (event.status === 'read') draft.toRoom({ kind: 'receipt', as: 'contact', about }, 'never');
  if (event.status === 'failed' || event.status === 'unclear') {
    const reason = event.reason ?? 'the network gave no reason';
    draft.toRoom({ kind: 'notice', text: undeliveredNotice(event.status, reason), about }, 'never');
  }
}
