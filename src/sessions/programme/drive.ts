import { turnedAway } from '../../services/programme/happenings.ts';
import { shownName } from '../../services/application/answer-fault.ts';
import type { ProgrammeView, Turn } from '../../services/programme/effect.ts';
import type { EnqueueRequest } from '../../services/instruction.ts';
import type { Programme } from '../../services/programme/programme.ts';
import type { Draft } from '../draft.ts';
import { keepProgramme } from './keep-programme.ts';
import { perform } from './perform.ts';
import { programmeView } from './programme-view.ts';
import { whyNotInto } from './why-not-into.ts';

/** Lets an event go on with the session's programme; what comes of it is done at once. False where it did not concern the programme. */
export function drive(
  draft: Draft,
  event: (programme: Programme | undefined, view: ProgrammeView) => Turn | undefined,
): boolean {
  const turn = event(draft.session.programme, programmeView(draft));
  if (turn === undefined) return false;
  const { programme, attributes, effects } = turn;
  keepProgramme(draft, programme);
  if (Object.keys(attributes).length > 0) draft.changeSession({ attributes });
  for (const [index, effect] of effects.entries()) {
    if (effect.do === 'enqueue') {
      const { request } = effect;
      const why = whyNotInto(draft, request, programme);
      // What would follow is for who entered the queue.
      if (why !== undefined) {
        if (why.result === 'error') tellOfError(draft, request);
        return drive(draft, (_, view) => turnedAway(programme, request, why, view));
      }
    }
    perform(draft, effect, `service ${String(index)}`);
  }
  return true;
}

function tellOfError(draft: Draft, { queue }: EnqueueRequest): void {
  const text = `The service named the queue ${shownName(queue)}, which there is not: its action says how it goes on.`;
  draft.toRoom({ kind: 'notice', text }, 'never');
}
