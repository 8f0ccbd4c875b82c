import { promises as kinds, type PromiseKind } from '../../directory/service-levels.ts';
import type { Decision } from '../../delivery/delivery.ts';
import type { QueueId } from '../../platform/ids.ts';
import type { ConversationState } from '../conversation-state.ts';
import { sessions, type SessionRecord } from '../session.ts';
import { noPromises } from './open-promise.ts';

/** A promise to a customer that came to an end. */
export interface PromiseEnd {
  /** In which the session waits, or waited last. */
  readonly queue: QueueId;
  readonly promise: PromiseKind;
  readonly outcome: 'kept' | 'broken';
}

/** Promises that come to an end with a decision. */
export function promiseEnds(
  state: Pick<ConversationState, 'session'>,
  { writes }: Pick<Decision<unknown, unknown>, 'writes'>,
): PromiseEnd[] {
  return writes.flatMap((write) => {
    if (write.op !== 'put' || write.collection.name !== sessions.name) return [];
    const { id, queue, promises: after = noPromises } = write.value as SessionRecord;
    const before = (state.session?.value.id === id ? state.session.value.promises : undefined) ?? noPromises;
    return (['kept', 'broken'] as const).flatMap((outcome) =>
      kinds
        .filter((promise) => (after[outcome][promise] ?? 0) > (before[outcome][promise] ?? 0))
        .map((promise) => ({ queue, promise, outcome })),
    );
  });
}
