import { handledByNobody } from '../routing/handles.ts';
import type { Draft } from './draft.ts';

/** Why nobody will be asked for the session that waits, whoever becomes free; undefined: somebody may be, or it does not wait. */
export function unhandled({ queueEntry, state: { tenant } }: Draft): string | undefined {
  const queue = queueEntry && tenant.queues.get(queueEntry.queue);
  if (queueEntry === undefined || queue === undefined) return undefined;
  const found = handledByNobody(queue, queueEntry, tenant.agents);
  return found === undefined ? undefined : `no agent of the queue ${queue.name} handles ${found}`;
}

/** The room tells why nobody comes. */
export function tellUnhandled(draft: Draft): void {
  const why = unhandled(draft);
  if (why === undefined) return;
  const text = `Nobody is asked: ${why}. The session waits; an agent who handles it can write !take.`;
  draft.toRoom({ kind: 'notice', text }, 'never');
}
