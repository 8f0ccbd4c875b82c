import type { Accept } from '../../delivery/accept.ts';
import { DeliveryFailure, type Taken } from '../../delivery/delivery.ts';
import { conversationOf } from '../../directory/contact.ts';
import type { Directory } from '../../directory/directory.ts';
import type { ConversationEvent, HandOver } from '../conversation-event.ts';
import { lineEntryId } from '../entry-ids.ts';

/**
 * Brings what a customer said on a shared line into the tenant's own inbox. Done again, it is the same entry: a tenant gets it once, whatever
 * happens on the way.
 */
export function createHandOver(options: {
  readonly directory: Directory;
  readonly accept: Accept<ConversationEvent>;
}) {
  return async ({ tenant, line, event, service }: HandOver): Promise<Taken> => {
    if (options.directory.tenant(tenant)?.lines.get(line)?.isShared !== true)
      throw new DeliveryFailure({
        kind: 'permanent',
        certain: true,
        reason: 'the tenant does not share the line any more',
      });
    await options.accept(tenant, [
      {
        id: lineEntryId(line, event.kind, event.id),
        key: conversationOf(tenant, line, event.from),
        event: { type: 'channel', line, event, ...(service === undefined ? {} : { service }) },
      },
    ]);
    return {};
  };
}
