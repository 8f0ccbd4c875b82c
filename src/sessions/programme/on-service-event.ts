import type { SessionId } from '../../platform/ids.ts';
import type { Content } from '../../message/message.ts';
import {
  applicationAnswered,
  heard,
  lookedUp,
  timeCame,
  type ApplicationAnswer,
  type LookUpAnswer,
} from '../../services/programme/happenings.ts';
import type { Draft } from '../draft.ts';
import { drive } from './drive.ts';

/** The customer wrote to a session that was open already: an answer, perhaps, while no agent has it. */
export function toService(draft: Draft, content: Content): void {
  if (draft.session.state === 'active') return;
  drive(draft, (programme, view) => programme && heard(programme, content, view));
}

/** What the service waits for has had its time. */
export function serviceTimeCame(draft: Draft, wait: number): void {
  drive(draft, (programme, view) => programme && timeCame(programme, wait, view));
}

interface Answer<Of> {
  readonly session: SessionId;
  readonly call: number;
  readonly answer: Of;
}

/** An answer to a session that moved on meanwhile says nothing. */
export function onApplication(draft: Draft, { session, call, answer }: Answer<ApplicationAnswer>): void {
  if (draft.openSession?.id !== session) return;
  drive(draft, (programme, view) => programme && applicationAnswered(programme, call, answer, view));
}

export function onLookedUp(draft: Draft, { session, call, answer }: Answer<LookUpAnswer>): void {
  if (draft.openSession?.id !== session) return;
  drive(draft, (programme, view) => programme && lookedUp(programme, call, answer, view));
}
