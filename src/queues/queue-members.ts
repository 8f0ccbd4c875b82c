import type { AgentId, QueueId, SessionId, TenantId } from '../platform/ids.ts';
import type { Medium } from '../message/medium.ts';
import type { Store, Stored } from '../store/store.ts';
import { queueEntries, type QueueEntry } from './queue-entry.ts';

/** A session that waits in a queue, with its place. */
export interface QueueMember {
  readonly session: SessionId;
  readonly queue: QueueId;
  /** The first is 1. */
  readonly position: number;
  readonly rank: number;
  readonly enteredAt: number;
  /** Since when the customer waits, counted over all queues. */
  readonly since: number;
  readonly priority: number;
  /** What its customer has sent in it. */
  readonly media: readonly Medium[];
  readonly state: QueueEntry['state'];
  /** To whom it is offered. */
  readonly agent?: AgentId;
}

const pageSize = 1000;

/** Everybody in the queue, in order, those included who are offered to an agent. A queue is small enough to be read whole. */
export async function readMembers(store: Store, tenant: TenantId, queue: QueueId): Promise<QueueMember[]> {
  return (await readEntries(store, tenant, queue)).map(memberOf);
}

/** The same as they are kept. */
export async function readEntries(
  store: Store,
  tenant: TenantId,
  queue: QueueId,
): Promise<Stored<QueueEntry>[]> {
  const found: Stored<QueueEntry>[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await store.find(tenant, queueEntries, {
      index: 'byQueue',
      equals: [queue],
      limit: pageSize,
      ...(last === undefined ? {} : { after: last }),
    });
    found.push(...page);
    if (page.length < pageSize) return found;
  }
}

export function memberOf({ id, value }: Stored<QueueEntry>, index: number): QueueMember {
  const { queue, rank, enteredAt, since, priority, media = [], state, agent } = value;
  return {
    session: id as SessionId,
    queue,
    position: index + 1,
    rank,
    enteredAt,
    since,
    priority,
    media,
    state,
    ...(agent === undefined ? {} : { agent }),
  };
}
