import { randomUUID } from 'node:crypto';
import type { NewEntry } from '../../delivery/delivery.ts';
import { as, type InboxEntryId, type LineId, type SessionId, type TenantId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import { openStates, sessions } from '../session.ts';

/** Tells each open session of a line that goes: nothing reaches its customer any more, and its agents are free. */
export async function endOfSessions(
  store: Store,
  tenant: TenantId,
  line: LineId,
): Promise<NewEntry<ConversationEvent>[]> {
  const open = await Promise.all(
    openStates.map(async (state) => store.find(tenant, sessions, { index: 'byState', equals: [state] })),
  );
  return open.flat().flatMap(({ id, value: { conversation, legs } }) =>
    legs.some((leg) => leg.role === 'customer' && leg.line === line)
      ? [
          {
            id: as<InboxEntryId>(`line-gone:${randomUUID()}`),
            key: conversation,
            event: { type: 'queue', news: { what: 'line-gone', session: as<SessionId>(id) } },
          },
        ]
      : [],
  );
}
