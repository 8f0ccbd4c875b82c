import type { AgentId } from '../platform/ids.ts';

/** An application was asked which agent gets a waiting session. */
export interface Choice {
  /** Names the question: an answer to another one counts no more. */
  readonly call: string;
  /** When it is over with waiting for the answer. */
  readonly until: number;
  /** Whom it chose. */
  readonly agent?: AgentId;
  /** Why there is no answer. */
  readonly failure?: string;
}

/** Whether the answer may still come. */
export function isAwaited(choice: Choice, now: number): boolean {
  return choice.agent === undefined && choice.failure === undefined && choice.until > now;
}
