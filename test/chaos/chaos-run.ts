import { setTimeout as sleep } from 'node:timers/promises';
import { check, type Verdict } from './checker.ts';
import { tagText, type MessageTag } from './message-tag.ts';
import { seededRandom } from './seeded-random.ts';
import { superviseProcess } from './supervised-process.ts';
import type { Place, World } from './world.ts';

export interface ChaosPlan {
  readonly seed: number;
  /** In each direction, over all conversations. */
  readonly messages: number;
  /** Kills at random moments, spread over the run. */
  readonly randomKills: number;
  /** `SWITCHBOARD_CRASH_AT` of the first starts, one after the other. */
  readonly crashAt?: readonly string[];
  /** How long to wait for what is still missing when all was sent. Default a minute. */
  readonly drainWithinMs?: number;
}

export interface ChaosResult {
  readonly toAgents: Verdict;
  readonly toCustomers: Verdict;
  /** Deaths by SIGKILL. */
  readonly kills: number;
  readonly unclear: number;
  readonly seconds: number;
  readonly lastWords: string;
}

const drainWithinMs = 60_000;
/** A kill comes up to this long after the moment that the plan names, to hit whatever runs then. */
const killJitterMs = 30;

/**
 * Sends, kills, heals, waits until everything arrived (or for a minute), stops the process, starts it once more to see whether it
 * does anything twice, and judges.
 */
export async function runChaos(world: World, plan: ChaosPlan): Promise<ChaosResult> {
  const random = seededRandom(plan.seed);
  const killMoments = Array.from({ length: plan.randomKills }, () =>
    Math.floor(random() * plan.messages * 2),
  ).sort((a, b) => a - b);
  const process = superviseProcess(world.target);
  process.crashPlan.push(...(plan.crashAt ?? []));
  const begun = performance.now();
  const toAgents: MessageTag[] = [];
  const toCustomers: MessageTag[] = [];
  try {
    await process.start();
    await world.prepare?.();

    const perPlace = Math.ceil(plan.messages / world.places.length);
    const talk = async (
      place: Place,
      say: (place: Place, text: string) => Promise<void>,
      acknowledged: MessageTag[],
    ): Promise<void> => {
      for (let sequence = 0; sequence < perPlace; sequence += 1) {
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
    const killing = async (): Promise<void> => {
      for (const moment of killMoments) {
        while (!talked && toAgents.length + toCustomers.length < moment) await sleep(1);
        await sleep(random() * killJitterMs);
        await process.kill();
      }
    };
    await Promise.all([talking, killing()]);

    world.heal();
    const verdicts = (): [Verdict, Verdict] => [
      check({ acknowledged: toAgents, seen: world.seenByAgents() }),
      check({ acknowledged: toCustomers, seen: world.seenByCustomers(), unclear: world.shownUnclear() }),
    ];
    const deadline = Date.now() + (plan.drainWithinMs ?? drainWithinMs);
    while (verdicts().some((verdict) => verdict.lost.length > 0) && Date.now() < deadline) await sleep(50);
    await process.terminate(10_000);

    const again = superviseProcess(world.target);
    await again.start();
    await again.terminate(10_000);

    const [agents, customers] = verdicts();
    return {
      toAgents: agents,
      toCustomers: customers,
      kills: process.kills,
      unclear: world.shownUnclear().length,
      seconds: (performance.now() - begun) / 1000,
      lastWords: process.lastWords(),
    };
  } finally {
    await process.terminate(10_000);
  }
}
