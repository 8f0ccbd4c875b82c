import { setTimeout as sleep } from 'node:timers/promises';
import { check, type Verdict } from './checker.ts';
import type { MessageTag } from './message-tag.ts';
import type { World } from './world.ts';

export interface Verdicts {
  readonly toAgents: Verdict;
  readonly toCustomers: Verdict;
}

/** What was acknowledged in a run, each way, against what its world shows. */
export interface RunHistory {
  readonly toAgents: MessageTag[];
  readonly toCustomers: MessageTag[];
  verdicts(): Verdicts;
  /** Waits until nothing is missing any more, or for so long. */
  drained(withinMs: number, meanwhile?: () => void): Promise<void>;
}

export function createHistory(world: World): RunHistory {
  const toAgents: MessageTag[] = [];
  const toCustomers: MessageTag[] = [];
  const verdicts = (): Verdicts => ({
    toAgents: check({ acknowledged: toAgents, seen: world.seenByAgents() }),
    toCustomers: check({
      acknowledged: toCustomers,
      seen: world.seenByCustomers(),
      unclear: world.shownUnclear(),
    }),
  });
  return {
    toAgents,
    toCustomers,
    verdicts,
    async drained(withinMs, meanwhile = () => undefined) {
      const deadline = performance.now() + withinMs;
      const isMissing = (): boolean => Object.values(verdicts()).some(({ lost }: Verdict) => lost.length > 0);
      while (isMissing() && performance.now() < deadline) {
        await sleep(50);
        meanwhile();
      }
    },
  };
}
