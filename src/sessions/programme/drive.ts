import { leftQueue } from '../../services/programme/happenings.ts';
import type { ProgrammeView, Turn } from '../../services/programme/effect.ts';
import type { Programme } from '../../services/programme/programme.ts';
import type { Draft } from '../draft.ts';
import { keepProgramme } from './keep-programme.ts';
import { isFull } from '../queueing.ts';
import { perform } from './perform.ts';
import { programmeView } from './programme-view.ts';

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
    // What would follow is for who entered the queue.
    if (effect.do === 'enqueue' && isFull(draft, effect.request))
      return drive(draft, (_, view) => leftQueue(programme, 'queue-full', view));
    perform(draft, effect, `service ${String(index)}`);
  }
  return true;
}
