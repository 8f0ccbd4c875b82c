import { setTimeout as sleep } from 'node:timers/promises';
import type { RelayWorld } from '../relay-world.ts';
import { runReplicaChaos, type ReplicaChaosResult, type Strike } from '../replica-chaos-run.ts';
import type { SupervisedProcess } from '../supervised-process.ts';
import { kill, killUntilMoved, pause } from '../strikes.ts';
import { bothStores, unless, wrongIn, type Row, type RowReport } from './row.ts';
import { withRelay, withSwitchboard } from './worlds.ts';

/** A lease (10 s) and two seconds more. With reduced counts a time says nothing on a machine that others use: there, that it moves on at all. */
const movesOnWithinMs = 12_000;
/** Longer than a lease, so that another replica has taken over when it is back, or ends. */
const longMs = 15_000;
const lateWithinMs = 30_000;
const lookAtWorkMs = 1000;
/** Alone it is back after two seconds. */
const aloneWithinMs = 5000;

/** R9: what a dead replica worked on goes on at another one. */
export const moving: Row = {
  id: 'R9',
  promise: 'the work of a killed replica goes on within 12 s, while nobody comes in its place',
  stores: ['postgres'],
  mostlyWaits: true,
  run: async (setting) => {
    const { seed, full, progress } = setting;
    const strikes = full ? Array.from({ length: 20 }, () => kill(longMs)) : [killUntilMoved];
    return withSwitchboard(setting, { conversations: full ? 50 : 10 }, async (world) => {
      const result = await runReplicaChaos(world, { seed, strikes, paceMs: 400, onStrike: progress });
      const { longestMs, longestGapMs } = result;
      return reportOf(
        result,
        unless(
          !full || longestGapMs < movesOnWithinMs,
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
    const within = several ? movesOnWithinMs : aloneWithinMs;
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
      // One that was at rest when it was stopped has nothing that could come too late: this one stops itself, before a commit under a lease.
      const amidItsWork: Strike = {
        name: 'SIGSTOP before a commit',
        async strike(_, { replicas, untilAllMoved }) {
          const victim = await busiest(world, replicas);
          await victim.pause(untilAllMoved, 'SIGUSR2');
          await lookForLate();
        },
      };
      const plan = {
        ...{ seed, paceMs: full ? 100 : 300, onStrike: progress },
        strikes: several ? [...(full ? strikes : []), amidItsWork] : strikes,
      };
      const result = await runReplicaChaos(world, plan);
      return reportOf(
        result,
        [
          ...unless(!several || lateCommits > 0, 'no commit came too late, so that nothing was tried'),
          ...unless(
            !full || result.longestMs < within,
            `a message was under way for ${Math.round(result.longestMs)} ms`,
          ),
        ],
        { lateCommitsRefused: lateCommits },
      );
    });
  },
};

/** The one that commits most under leases now: another may have none of the conversations. */
async function busiest(
  world: RelayWorld,
  replicas: readonly SupervisedProcess[],
): Promise<SupervisedProcess> {
  const before = await world.counts();
  await sleep(lookAtWorkMs);
  const done = (await world.counts()).map(({ commits }, at) => commits - (before[at]?.commits ?? 0));
  const most = replicas[done.indexOf(Math.max(...done))];
  if (most === undefined) throw new Error('there is no replica');
  return most;
}

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
