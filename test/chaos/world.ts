import type { Seen } from './checker.ts';
import type { ProcessUnderTest } from './supervised-process.ts';

/** Where one conversation is had. */
export interface Place {
  readonly tenant: string;
  readonly conversation: string;
}

/**
 * The surroundings of a process under test: customers on a network and agents on a homeserver, both stand-ins that keep the real
 * ones' rules: what is not acknowledged is sent again with the same id, and nothing later before it.
 */
export interface World {
  readonly target: ProcessUnderTest;
  /** All of them, where several share the work. */
  readonly targets: readonly ProcessUnderTest[];
  readonly places: readonly Place[];
  /** Called when the process is ready for the first time: whatever must be there before the first message. */
  prepare?(): Promise<void>;
  /** Each resolves when the process has acknowledged the message. Called one at a time per place. */
  customerSays(place: Place, text: string): Promise<void>;
  agentSays(place: Place, text: string): Promise<void>;
  /** What stands in the rooms. */
  seenByAgents(): readonly Seen[];
  /** What the network took for customers. */
  seenByCustomers(): readonly Seen[];
  /** Texts of the agents' messages that the agents were told may or may not have gone out. */
  shownUnclear(): readonly string[];
  /** How often the stand-ins were sent what they had taken before: absorbed, so that nobody sees it twice. */
  retransmits(): number;
  /** Ends the faults of the stand-ins, so that what waits can go out. */
  heal(): void;
  close(): Promise<void>;
}
