import { promises as kinds, type PromiseKind, type ServiceLevels } from '../../directory/service-levels.ts';
import type { Queue } from '../../directory/tenant.ts';
import type { Hours } from '../../routing/hours/hours.ts';
import type { Draft } from '../draft.ts';
import type { SessionRecord } from '../session.ts';
import { noPromises, openPromise, type SessionPromises } from './open-promise.ts';

/** The session waits in a queue from now on: what was promised is counted by what this queue promises, from when it began. */
export function promiseAnew(draft: Draft, queue: Queue): void {
  const { session } = draft;
  const levels = levelsOf(draft, queue);
  if (levels === undefined && session.promises === undefined) return;
  for (const kind of kinds) {
    const before = session.promises?.open[kind];
    if (before?.state === 'broken') continue;
    const since = before?.since ?? (beginsWith(session, kind) ? session.openedAt : undefined);
    if (since === undefined || levels === undefined) drop(draft, kind);
    else promise(draft, kind, since, levels, hoursOf(draft, queue));
  }
}

/** Before it was ever answered a session promises an answer and a solution; both count from its beginning. */
function beginsWith({ promises, firstAnsweredAt }: SessionRecord, kind: PromiseKind): boolean {
  if (kind === 'nextAnswer') return false;
  return kind === 'solution' ? promises === undefined : firstAnsweredAt === undefined;
}

/** The customer said something. */
export function customerWaits(draft: Draft): void {
  const { session, state } = draft;
  const queue = state.tenant.queues.get(session.queue);
  const levels = queue === undefined ? undefined : levelsOf(draft, queue);
  if (queue === undefined || levels?.nextAnswerMs === undefined) return;
  if (session.firstAnsweredAt === undefined || session.promises?.open.nextAnswer !== undefined) return;
  promise(draft, 'nextAnswer', state.now, levels, hoursOf(draft, queue));
}

/** An agent said something to the customer. */
export function agentAnswered(draft: Draft): void {
  const { session, state } = draft;
  if (session.firstAnsweredAt === undefined) draft.changeSession({ firstAnsweredAt: state.now });
  keep(draft, 'firstAnswer');
  keep(draft, 'nextAnswer');
}

/** The session is about to close. An answer that nobody waits for any more was neither given nor missed. */
export function sessionEnds(draft: Draft): void {
  drop(draft, 'firstAnswer');
  drop(draft, 'nextAnswer');
  keep(draft, 'solution');
}

function promise(
  draft: Draft,
  kind: PromiseKind,
  since: number,
  levels: ServiceLevels,
  hours: Hours | undefined,
): void {
  const made = openPromise(kind, since, levels, hours);
  if (made === undefined) {
    drop(draft, kind);
    return;
  }
  const { id, promises = noPromises } = draft.session;
  const before = promises.open[kind];
  const state = before?.state === 'warned' && made.warnAt <= draft.state.now ? 'warned' : 'running';
  draft.changeSession({ promises: { ...promises, open: { ...promises.open, [kind]: { ...made, state } } } });
  draft.setTimer(
    { name: 'promise', session: id, promise: kind },
    state === 'warned' ? made.dueAt : made.warnAt,
  );
}

function keep(draft: Draft, kind: PromiseKind): void {
  const before = draft.session.promises?.open[kind];
  if (before === undefined) return;
  drop(draft, kind);
  if (before.state === 'broken') return;
  // Whatever is late to say so: what was due is over.
  count(draft, draft.state.now <= before.dueAt ? 'kept' : 'broken', kind);
}

function drop(draft: Draft, kind: PromiseKind): void {
  const { session } = draft;
  const open = session.promises?.open[kind];
  if (session.promises === undefined || open === undefined) return;
  const { [kind]: _, ...rest } = session.promises.open;
  draft.changeSession({ promises: { ...session.promises, open: rest } });
  if (open.state !== 'broken') draft.cancelTimer({ name: 'promise', session: session.id, promise: kind });
}

export function count(draft: Draft, what: 'kept' | 'broken', kind: PromiseKind): void {
  const promises: SessionPromises = draft.session.promises ?? noPromises;
  const counted = { ...promises[what], [kind]: (promises[what][kind] ?? 0) + 1 };
  draft.changeSession({ promises: { ...promises, [what]: counted } });
}

export function levelsOf(draft: Draft, queue: Queue): ServiceLevels | undefined {
  return queue.serviceLevels ?? draft.state.tenant.serviceLevels;
}

function hoursOf(draft: Draft, { calendar }: Queue): Hours | undefined {
  return calendar === undefined ? undefined : draft.routingFacts().hours.get(calendar);
}
