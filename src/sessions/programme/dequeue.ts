import type { QueueId } from '../../platform/ids.ts';
import type { Instruction } from '../../services/instruction.ts';
import { leftQueue, placeChanged, redirected } from '../../services/programme/happenings.ts';
import { askWithPlace } from '../applications/ask-application.ts';
import type { Draft } from '../draft.ts';
import type { QueuePlace } from '../queue-place.ts';
import { drive } from './drive.ts';
import { tellQueueAction } from './queue-action.ts';

/** Somebody takes the session out of this queue, to these instructions. An agent may have been faster. */
export function dequeue(draft: Draft, queue: QueueId, instructions: readonly Instruction[]): void {
  if (draft.queueEntry?.queue !== queue) return;
  tellQueueAction(draft, draft.session.acceptedAt === undefined ? 'redirected' : 'redirected-from-bridged');
  drive(draft, (programme, view) => redirected(programme, instructions, view));
}

/** The customer has waited as long as their `enqueue` allows; who is just being offered to an agent waits for the answer. */
export function queueTimeCame(draft: Draft, enteredAt: number): void {
  const { queueEntry, session } = draft;
  if (queueEntry?.enteredAt !== enteredAt) return;
  const { offer } = session;
  if (offer === undefined && queueEntry.state === 'waiting')
    drive(draft, (programme, view) => leftQueue(programme, 'timeout', view));
  else
    draft.setTimer(
      { name: 'queue-timeout', session: session.id, enteredAt },
      Math.max(offer?.deadline ?? 0, draft.state.now) + 1000,
    );
}

/** Where the session stands in its queue: for who asked, or because it changed. */
export function onPlace(draft: Draft, place: QueuePlace): void {
  if (draft.queueEntry === undefined || askWithPlace(draft, place)) return;
  drive(draft, (programme, view) => programme && placeChanged(programme, view));
}
