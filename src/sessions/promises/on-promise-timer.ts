import type { PromiseKind } from '../../directory/service-levels.ts';
import { raisedRank } from '../../routing/rank.ts';
import { duration } from '../commands/duration.ts';
import type { Draft } from '../draft.ts';
import { connectedAgents } from '../session.ts';
import { promiseWords, type OpenPromise } from './open-promise.ts';
import { count, levelsOf } from './promises.ts';

/** The time of a promise runs out, or has: whoever can do something about it is told, and a session that waits moves up. */
export function onPromiseTimer(draft: Draft, kind: PromiseKind): void {
  const { session, state } = draft;
  const open = session.promises?.open[kind];
  if (session.promises === undefined || open === undefined || open.state === 'broken') return;
  const isDue = open.dueAt <= state.now;
  if (!isDue && (open.state === 'warned' || open.warnAt > state.now)) {
    setTimer(draft, kind, open);
    return;
  }
  const changed: OpenPromise = { ...open, state: isDue ? 'broken' : 'warned' };
  draft.changeSession({
    promises: { ...session.promises, open: { ...session.promises.open, [kind]: changed } },
  });
  if (isDue) count(draft, 'broken', kind);
  else setTimer(draft, kind, changed);
  raise(draft);
  tell(draft, kind, changed);
}

function setTimer(draft: Draft, kind: PromiseKind, { state, warnAt, dueAt }: OpenPromise): void {
  const timer = { name: 'promise', session: draft.session.id, promise: kind } as const;
  draft.setTimer(timer, state === 'running' ? warnAt : dueAt);
}

function raise(draft: Draft): void {
  const { queueEntry, state } = draft;
  const queue = queueEntry === undefined ? undefined : state.tenant.queues.get(queueEntry.queue);
  const points = queue === undefined ? 0 : (levelsOf(draft, queue)?.raisePriority ?? 0);
  if (queueEntry === undefined || points === 0) return;
  draft.queueEntry = {
    ...queueEntry,
    priority: queueEntry.priority + points,
    rank: raisedRank(queueEntry.rank, points),
  };
  draft.routeAnew();
}

/** In the room, and at the desks of those who have the session; of supervisors where nobody has it, or it is too late. */
function tell(draft: Draft, kind: PromiseKind, { state, dueAt }: OpenPromise): void {
  const { tenant, now, networkTitle } = draft.state;
  const what = promiseWords[kind];
  const text =
    state === 'broken'
      ? `The customer was promised ${what} by now, and has none.`
      : `The customer is promised ${what} within ${duration(dueAt - now)}.`;
  draft.toRoom({ kind: 'notice', text }, 'never');
  const connected = connectedAgents(draft.session).map(({ agent }) => agent);
  const supervisors = [...tenant.agents.values()].filter(({ supervisor }) => supervisor).map(({ id }) => id);
  const told = state === 'broken' || connected.length === 0 ? [...connected, ...supervisors] : connected;
  const queue = tenant.queues.get(draft.session.queue)?.name;
  const which = `${networkTitle} session${queue === undefined ? '' : ` (${queue})`}`;
  for (const agent of new Set(told)) draft.toDesk(agent, { kind: 'notice', text: `${which}: ${text}` });
}
