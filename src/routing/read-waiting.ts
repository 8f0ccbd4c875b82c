import type { QueueId, TenantId } from '../platform/ids.ts';
import { queueEntries, type QueueEntry } from '../queues/queue-entry.ts';
import { readEntries } from '../queues/queue-members.ts';
import { defineCollection, put, remove, type Store, type Stored, type Write } from '../store/store.ts';

/** Who waits, as far as one decision looks. */
export interface Waiting {
  /** By rank. */
  readonly entries: readonly Stored<QueueEntry>[];
  /** Nobody else waits. */
  readonly isAll: boolean;
  /** There are others behind them, whom the next decision looks at. */
  readonly goesOn: boolean;
  /** Remembers how far this decision has looked. */
  readonly mark?: Write;
}

const pageSize = 500;
/** Looked at in one decision while somebody is free: the largest queue. */
const mostLookedAt = 5000;
/** Of those so many are always the first of all: whoever is next is never overlooked. */
const firstLookedAt = 1000;

/** How far decisions have looked so far, where more wait than one of them looks at. Id: {@link markId}. */
type Mark = Pick<QueueEntry, 'rank'> & { readonly session: string };
const marks = defineCollection<Mark>('routing-marks');
const markId = 'waiting';

/**
 * While nobody is free, only those who are to be told so, and those whose rings may widen next. Else the first of all, and behind them as many
 * as one decision can look at: those that come after the ones at which the last decision looked, so that sessions that nobody can take
 * hide the ones behind them for a moment only.
 */
export async function readWaiting(store: Store, tenant: TenantId, anybodyFree: boolean): Promise<Waiting> {
  const first = await readFirstWaiting(store, tenant, anybodyFree ? firstLookedAt : pageSize);
  const last = first.at(-1);
  if (last === undefined || first.length < (anybodyFree ? firstLookedAt : pageSize)) return whole(first);
  if (!anybodyFree) {
    const entries = await withUntold(store, tenant, first);
    return { entries, isAll: false, goesOn: false };
  }
  const mark = await store.get(tenant, marks, markId);
  const isBehind = mark !== undefined && mark.value.rank > last.value.rank;
  const most = mostLookedAt - firstLookedAt;
  const behind = await readPages(store, tenant, most, isBehind ? placeOf(mark) : last);
  const end = behind.at(-1);
  const goesOn = end !== undefined && behind.length === most;
  const isAll = !goesOn && !isBehind;
  const all = [...first, ...behind];
  const write = goesOn
    ? put(marks, markId, { rank: end.value.rank, session: end.id }, mark?.version ?? 'absent')
    : mark && remove(marks, markId, mark.version);
  return {
    entries: isAll ? all : await withUntold(store, tenant, all),
    isAll,
    goesOn,
    ...(write === undefined ? {} : { mark: write }),
  };
}

/** The first that wait, by rank. */
export async function readFirstWaiting(
  store: Store,
  tenant: TenantId,
  limit = mostLookedAt,
): Promise<Stored<QueueEntry>[]> {
  return readPages(store, tenant, limit, undefined);
}

/** All who wait in these queues, by rank. */
export async function readWaitingIn(
  store: Store,
  tenant: TenantId,
  queues: readonly QueueId[],
): Promise<Stored<QueueEntry>[]> {
  const found = await Promise.all(queues.map(async (queue) => readEntries(store, tenant, queue)));
  return found
    .flat()
    .filter(({ value }) => value.state === 'waiting')
    .sort(byRank);
}

export function whole(entries: readonly Stored<QueueEntry>[]): Waiting {
  return { entries, isAll: true, goesOn: false };
}

async function readPages(
  store: Store,
  tenant: TenantId,
  limit: number,
  from: Stored<Pick<QueueEntry, 'state' | 'rank'>> | undefined,
): Promise<Stored<QueueEntry>[]> {
  const found: Stored<QueueEntry>[] = [];
  for (;;) {
    const after = found.at(-1) ?? from;
    const wanted = Math.min(pageSize, limit - found.length);
    const page = await store.find(tenant, queueEntries, {
      index: 'byState',
      equals: ['waiting'],
      limit: wanted,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page);
    if (page.length < wanted || found.length >= limit) return found;
  }
}

/** With customers who are still to be told that nobody is free, wherever they stand. */
async function withUntold(
  store: Store,
  tenant: TenantId,
  found: readonly Stored<QueueEntry>[],
): Promise<Stored<QueueEntry>[]> {
  const known = new Set(found.map(({ id }) => id));
  const query = { index: 'byTold', equals: [false], limit: pageSize };
  const untold = await store.find(tenant, queueEntries, query);
  const more = untold.filter(({ id, value }) => value.state === 'waiting' && !known.has(id));
  return [...found, ...more].sort(byRank);
}

/** Whoever was last there may wait no longer: their place is where to go on all the same. */
function placeOf({
  version,
  value: { session, rank },
}: Stored<Mark>): Stored<Pick<QueueEntry, 'state' | 'rank'>> {
  return { id: session, version, value: { state: 'waiting', rank } };
}

function byRank(a: Stored<QueueEntry>, b: Stored<QueueEntry>): number {
  return a.value.rank - b.value.rank || (a.id < b.id ? -1 : 1);
}
