import { aging, type Aging, type Retention } from '../../delivery/sweeper.ts';
import { messageLinks } from '../../delivery/message-links.ts';
import type { TenantRetention } from '../../directory/tenant.ts';
import { offerRecords } from '../../queues/offer-record.ts';
import { messageRecords } from '../message-record.ts';
import { keptBack } from './kept-back.ts';

/** What the sweeper forgets of a tenant, and when. `also`: records of parts above this one. */
export function retentionOf(
  { ledgerMs, messagesMs }: TenantRetention,
  also: readonly Aging[] = [],
): Partial<Retention> {
  const said =
    messagesMs === undefined
      ? []
      : [aging(messageRecords, 'byAge', messagesMs), aging(messageLinks, 'byAge', messagesMs)];
  // Deliveries hold what was said, too.
  const deliveriesMs = Math.min(ledgerMs, messagesMs ?? Infinity);
  const ledger = [aging(keptBack, 'byAge', ledgerMs), aging(offerRecords, 'byAge', ledgerMs)];
  return { deliveriesMs, also: [...ledger, ...said, ...also] };
}
