import type { QueueId } from '../platform/ids.ts';
import type { TenantTexts } from '../directory/tenant.ts';
import type { Instruction } from './instruction.ts';

/** What a service is told of its session. Plain data; a service reads nothing else and does nothing itself. */
export interface ServiceView {
  readonly texts: TenantTexts;
  /** The queue of the line that the customer wrote to. */
  readonly queue: QueueId;
  /** Whether the customer was already told that everybody is busy. */
  readonly toldBusy: boolean;
}

/** The behaviour that a session follows: when it does what. The session instance knows how. */
export interface Service {
  started(view: ServiceView): readonly Instruction[];
  /** It waits, and nobody can be asked now: only words to the customer. */
  unanswered(view: ServiceView): readonly Extract<Instruction, { do: 'say' }>[];
}
