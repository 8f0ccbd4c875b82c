import type { QueueId } from '../platform/ids.ts';
import type { Tenant } from '../directory/tenant.ts';
import { memberOf, readEntries, type QueueMember } from '../queues/queue-members.ts';
import type { Store } from '../store/store.ts';
import { handledByNobody } from './handles.ts';

/** A session that waits, for operators. */
export interface MemberView extends QueueMember {
  /** What of it no agent of the queue handles, in words: nobody is asked. Absent: somebody may be. */
  readonly handledByNobody?: string;
}

/** Everybody in the queue, in order. Undefined: the tenant has no such queue. */
export async function readMemberViews(
  store: Store,
  tenant: Tenant,
  id: QueueId,
): Promise<MemberView[] | undefined> {
  const queue = tenant.queues.get(id);
  if (queue === undefined) return undefined;
  return (await readEntries(store, tenant.id, id)).map((entry, index) => {
    const found = handledByNobody(queue, entry.value, tenant.agents);
    return { ...memberOf(entry, index), ...(found === undefined ? {} : { handledByNobody: found }) };
  });
}
