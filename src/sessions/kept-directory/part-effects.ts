import type { NewEntry } from '../../delivery/delivery.ts';
import type { Write } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';

/** What a change of a part brings about beside the part itself; belongs into the same commit. */
export interface PartEffects {
  readonly entries: readonly NewEntry<ConversationEvent>[];
  readonly writes: readonly Write[];
}
