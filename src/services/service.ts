import type { QueueId } from '../platform/ids.ts';
import type { TenantTexts } from '../directory/tenant.ts';

/** What a service is told of its session. Plain data; a service reads nothing else and does nothing itself. */
export interface ServiceView {
  readonly texts: TenantTexts;
  /** The queue of the line that the customer wrote to. */
  readonly queue: QueueId;
  /** Whether the customer was already told that everybody is busy. */
  readonly toldBusy: boolean;
}

/** What a service wants done, in order. */
export type Instruction =
  | { readonly do: 'say'; readonly text: string; readonly once?: 'allBusy' }
  /** To wait for an agent; who gets the session is routing's affair. */
  | { readonly do: 'enqueue'; readonly queue: QueueId };

/** The behaviour that a session follows: when it does what. The session instance knows how. */
export interface Service {
  readonly name: string;
  started(view: ServiceView): readonly Instruction[];
  /** It waits, and nobody can be asked now. */
  unanswered(view: ServiceView): readonly Instruction[];
  /** The agent left and nobody is connected any more. */
  abandoned(view: ServiceView): readonly Instruction[];
}
