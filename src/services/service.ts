import type { AgentId } from '../platform/ids.ts';
import type { Candidate } from '../routing/choose-agent.ts';
import type { Queue, TenantTexts } from '../directory/tenant.ts';

/** What a service is told of its session. Plain data; a service reads nothing else and does nothing itself. */
export interface ServiceView {
  readonly texts: TenantTexts;
  readonly queue: Queue;
  readonly candidates: readonly Candidate[];
  /** Agents who declined or let pass an offer in this round. */
  readonly asked: readonly AgentId[];
  /** Whether the customer was already told that everybody is busy. */
  readonly toldBusy: boolean;
}

/** What a service wants done, in order. */
export type Instruction =
  | { readonly do: 'say'; readonly text: string; readonly once?: 'allBusy' }
  | { readonly do: 'offer'; readonly agent: AgentId; readonly forMs: number; readonly why: string }
  /** Begin a new round after this long; nobody is asked until then. */
  | { readonly do: 'wait'; readonly forMs: number; readonly why: string };

/** The behaviour that a session follows: when it does what. The session instance knows how. */
export interface Service {
  readonly name: string;
  started(view: ServiceView): readonly Instruction[];
  /** An offer was declined, ran out or could not be made. */
  offerEnded(view: ServiceView): readonly Instruction[];
  /** The agent left and nobody is connected any more. */
  abandoned(view: ServiceView): readonly Instruction[];
  /** The wait is over. `view.asked` is empty again. */
  waited(view: ServiceView): readonly Instruction[];
}
