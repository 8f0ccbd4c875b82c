import { waitsAgain } from '../services/programme/happenings.ts';
import type { Draft } from './draft.ts';
import { endAgentLeg } from './offers.ts';
import { drive } from './programme/drive.ts';
import { enterQueue } from './queueing.ts';
import type { AgentLeg } from './session.ts';

/** A connected agent is gone. Where nobody else is connected the session waits for another: the one who left is not asked first. `told`: what they read of it outside Matrix. */
export function leaveSession(draft: Draft, leg: AgentLeg, told?: string): void {
  endAgentLeg(draft, leg, told);
  if (draft.session.state !== 'waiting') return;
  draft.movedBy = 'agent left';
  enterQueue(draft);
  const { queueEntry } = draft;
  if (queueEntry !== undefined) draft.queueEntry = { ...queueEntry, declined: [leg.agent] };
  drive(draft, (programme, view) => programme && waitsAgain(programme, view));
}
