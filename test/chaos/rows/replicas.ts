import { setTimeout as sleep } from 'node:timers/promises';
import { runReplicaChaos, type ReplicaChaosResult, type Strike } from '../replica-chaos-run.ts';
import { kill, pause } from '../strikes.ts';
import { bothStores, unless, wrongIn, type Row, type RowReport } from './row.ts';
import { withRelay, withSwitchboard } from './worlds.ts';

/** A lease (10 s) and two seconds more. */
const movesOnWithinMs = 12_000;
/** Longer than a lease, so that another replica has taken over when it is back, or ends. */
const longMs = 15_000;
/** A process that was at rest when it was stopped has nothing that could come too late: it is stopped up to so many times more. */
const mostMore = 4;
const lateWithinMs = 3000;

/** R9: what a dead replica worked on goes on at another one. */
export const moving: Row = {
  id: 'R9',
  promise: 'the work of a killed replica goes on within 12 s, while nobody comes in its place',
  stores: ['postgres'],
  mostlyWaits: true,
  run: async (setting) => {
    const { seed, full, progress } = setting;
    const strikes = Array.from({ length: full ? 20 : 1 }, () => kill(longMs));
    return withSwitchboard(setting, { conversations: full ? 50 : 10 }, async (world) => {
      const result = await runReplicaChaos(world, { seed, strikes, paceMs: 400, onStrike: progress });
      const { longestMs, longestGapMs } = result;
      return reportOf(
        result,
        unless(
          longestGapMs < movesOnWithinMs,
          `a conversation stood still for ${Math.round(longestGapMs)} ms, a message was under way for ${Math.round(longestMs)} ms`,
        ),
      );
    });
  },
};

/**
 * R10: a replica that stood still does not go on with what is another's by now. Everything that may have gone out is sent again, to a
 * network that recognises nothing: only the lease keeps two replicas from sending the same.
 */
export const paused: Row = {
  id: 'R10',
  promise: 'a replica that was paused for longer than its lease sends nothing twice or late',
  stores: bothStores,
  mostlyWaits: true,
  run: async (setting) => {
    const { seed, full, store, progress } = setting;
    const several = store === 'postgres';
    const strikes = Array.from({ length: full ? 10 : 1 }, () => pause(several ? longMs : 2000));
    const slow = { busy: 0, broken: 0, cut: 0, slowMs: 50 };
    const options = { conversations: 20, policy: 'ask', faults: slow, replicas: 3 } as const;
    return withRelay(setting, options, async (world) => {
      let lateCommits = 0;
      const lookForLate = async (): Promise<void> => {
        const deadline = performance.now() + lateWithinMs;
        do {
          lateCommits = (await world.counts()).reduce((sum, one) => sum + one.lateCommits, 0);
          await sleep(50);
        } while (lateCommits === 0 && performance.now() < deadline);
      };
      const untilLate: Strike = {
        name: 'SIGSTOP until something came too late',
        async strike(victim) {
          if (several) await lookForLate();
          for (let left = mostMore; several && lateCommits === 0 && left > 0; left -= 1) {
            progress('it was at rest when it was stopped');
            await victim.pause(longMs);
            await lookForLate();
          }
        },
      };
      const plan = { seed, strikes: [...strikes, untilLate], paceMs: full ? 100 : 300, onStrike: progress };
      const result = await runReplicaChaos(world, plan);
      return reportOf(
        result,
        [
          ...unless(!several || lateCommits > 0, 'no commit came too late, so that nothing was tried'),
          ...unless(
            result.longestMs < (several ? movesOnWithinMs : 5000),
            `a message was under way for ${Math.round(result.longestMs)} ms`,
          ),
        ],
        { lateCommitsRefused: lateCommits },
      );
    });
  },
};

/** What a run with strikes found and measured. */
export function reportOf(
  result: ReplicaChaosResult,
  more: readonly string[] = [],
  figures: RowReport['figures'] = {},
): RowReport {
  const { messages, kills, retransmits, unclear, longestMs, longestGapMs, seconds, lastWords } = result;
  return {
    wrong: [...wrongIn(result), ...more],
    figures: {
      ...{ messages, ...figures, kills, retransmits, unclear },
      longestUnderWayMs: Math.round(longestMs),
      longestGapMs: Math.round(longestGapMs),
      seconds: Math.round(seconds),
    },
    lastWords,
  };
}
