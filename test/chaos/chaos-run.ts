import { setTimeout as sleep } from 'node:timers/promises';
import { createHistory, type Verdicts } from './history.ts';
import { tagText, type MessageTag } from './message-tag.ts';
import { seededRandom } from './seeded-random.ts';
import { endWithinMs, superviseProcess } from './supervised-process.ts';
import type { Place, World } from './world.ts';

export interface ChaosPlan {
  readonly seed: number;
  /** In each direction, over all conversations; slowly more while points of `crashAt` are still to be reached. */
  readonly messages: number;
  /** Kills at random moments, spread over the run, each of a process that the seed chooses. */
  readonly randomKills: number;
  /** What happens besides, at moments of the seed's choice too. */
  readonly alsoHappens?: readonly (() => Promise<void>)[];
  /** `SWITCHBOARD_CRASH_AT` of the first process's first starts, one after the other. */
  readonly crashAt?: readonly string[];
  /** How long to wait for what is still missing when all was sent. Default three minutes. */
  readonly drainWithinMs?: number;
}

export interface ChaosResult extends Verdicts {
  /** Deaths by SIGKILL. */
  readonly kills: number;
  readonly unclear: number;
  readonly retransmits: number;
  readonly seconds: number;
  readonly lastWords: string;
}

const drainWithinMs = 180_000;
/** A point that is not reached within this, counted from the death at the one before it, is given up. */
const pointWithinMs = 90_000;
/** Between messages that are said only so that the next point is reached. */
const slowlyMs = 250;
/** A kill comes up to this long after the moment that the plan names, to hit whatever runs then. */
const killJitterMs = 30;

/**
 * Sends, kills, heals, waits until everything arrived (or for so long), stops the processes, starts one once more to see whether it
 * does anything twice, and judges.
 */
export async function runChaos(world: World, plan: ChaosPlan): Promise<ChaosResult> {
  const random = seededRandom(plan.seed);
  const moment = (): number => Math.floor(random() * plan.messages * 2);
  const processes = world.targets.map(superviseProcess);
  const [first] = processes;
  if (first === undefined) throw new Error('a world needs a process');
  first.crashPlan.push(...(plan.crashAt ?? []));
  const kill = async (): Promise<void> => {
    await sleep(random() * killJitterMs);
    await processes[Math.floor(random() * processes.length)]?.kill();
  };
  const happenings = [
    ...Array.from({ length: plan.randomKills }, () => ({ at: moment(), happen: kill })),
    ...(plan.alsoHappens ?? []).map((happen) => ({ at: moment(), happen })),
  ].sort((a, b) => a.at - b.at);
  const begun = performance.now();
  const history = createHistory(world);
  const { toAgents, toCustomers } = history;
  try {
    await Promise.all(processes.map(async (process) => process.start()));
    await world.prepare?.();

    const perPlace = Math.ceil(plan.messages / world.places.length);
    // While what a dead process held waits for its lease, messages are still taken, so that all of them could be said before the last death.
    const points = plan.crashAt?.length ?? 0;
    let reached = { kills: first.kills, at: performance.now() };
    const pointsLeft = (): boolean => {
      if (first.kills > reached.kills) reached = { kills: first.kills, at: performance.now() };
      return first.kills < points && performance.now() < reached.at + pointWithinMs;
    };
    const talk = async (
      place: Place,
      say: (place: Place, text: string) => Promise<void>,
      acknowledged: MessageTag[],
    ): Promise<void> => {
      for (let sequence = 0; sequence < perPlace || pointsLeft(); sequence += 1) {
        if (sequence >= perPlace) await sleep(slowlyMs);
        const tag = { ...place, sequence };
        await say(place, tagText(tag));
        acknowledged.push(tag);
      }
    };
    const talking = Promise.all(
      world.places.flatMap((place) => [
        talk(place, async (...args) => world.customerSays(...args), toAgents),
        talk(place, async (...args) => world.agentSays(...args), toCustomers),
      ]),
    );
    let talked = false;
    void talking.then(
      () => (talked = true),
      () => (talked = true),
    );
    const happening = async (): Promise<void> => {
      for (const { at, happen } of happenings) {
        while (!talked && toAgents.length + toCustomers.length < at) await sleep(1);
        await happen();
      }
    };
    await Promise.all([talking, happening()]);

    world.heal();
    await history.drained(plan.drainWithinMs ?? drainWithinMs);
    await Promise.all(processes.map(async (process) => process.terminate(endWithinMs)));

    const again = superviseProcess(world.target);
    await again.start();
    await again.terminate(endWithinMs);

    return {
      ...history.verdicts(),
      kills: processes.reduce((sum, { kills }) => sum + kills, 0),
      unclear: world.shownUnclear().length,
      retransmits: world.retransmits(),
      seconds: (performance.now() - begun) / 1000,
      lastWords: processes.map((process) => process.lastWords()).join('\n'),
    };
  } finally {
    await Promise.all(processes.map(async (process) => process.terminate(endWithinMs)));
  }
}
