import { setTimeout as sleep } from 'node:timers/promises';
import { createArrivals, longestOf, type Delay } from './arrivals.ts';
import { createHistory, type Verdicts } from './history.ts';
import { tagText, type MessageTag } from './message-tag.ts';
import { seededRandom } from './seeded-random.ts';
import { endWithinMs, superviseProcess, type SupervisedProcess } from './supervised-process.ts';
import type { Place, World } from './world.ts';

/** A fault of the processes or their surroundings; resolves when it is over, or may last on until the world is healed. */
export interface Strike {
  readonly name: string;
  /** `victim`: the process that the seed chose. */
  strike(victim: SupervisedProcess, run: UnderWay): Promise<void>;
}

/** The run in which a strike comes. */
export interface UnderWay {
  readonly replicas: readonly SupervisedProcess[];
  /** Resolves when in each conversation, both ways, something has arrived that was begun after this was asked. @throws where it does not */
  readonly untilAllMoved: () => Promise<void>;
}

export interface ReplicaChaosPlan {
  readonly seed: number;
  /** One after the other, with a pause between them. */
  readonly strikes: readonly Strike[];
  /** Between the messages of one conversation in one direction. */
  readonly paceMs: number;
  readonly drainWithinMs?: number;
  /** Called before each message: whatever comes between. */
  readonly between?: (place: Place, random: () => number) => Promise<void>;
  /** Told of each strike as it begins. */
  readonly onStrike?: (name: string) => void;
}

export interface ReplicaChaosResult extends Verdicts {
  readonly messages: number;
  readonly unclear: number;
  readonly retransmits: number;
  readonly kills: number;
  /** From the acknowledgement of a message to its arrival. */
  readonly delays: readonly Delay[];
  /** The longest of them. */
  readonly longestMs: number;
  /** The longest from the first attempt at sending a message to its arrival: how long a conversation stood still. */
  readonly longestGapMs: number;
  readonly seconds: number;
  readonly lastWords: string;
}

const quietMs = 2000;
const drainWithinMs = 180_000;
/** A lease, and as long again on a machine that others use. What is promised is shorter, and judged in full runs. */
const movedWithinMs = 45_000;

/**
 * Both sides talk at an even pace while one fault after the other strikes; then everything is healed and must arrive.
 */
export async function runReplicaChaos(world: World, plan: ReplicaChaosPlan): Promise<ReplicaChaosResult> {
  const random = seededRandom(plan.seed);
  const replicas = world.targets.map(superviseProcess);
  const begun = performance.now();
  const history = createHistory(world);
  const { toAgents, toCustomers } = history;
  const acknowledged = [createArrivals(), createArrivals()] as const;
  const attempted = [createArrivals(), createArrivals()] as const;
  const look = (): void => {
    for (const arrivals of [acknowledged, attempted]) {
      arrivals[0].look(world.seenByAgents());
      arrivals[1].look(world.seenByCustomers());
    }
  };
  let striking = true;
  const untilAllMoved = async (): Promise<void> => {
    const since = performance.now();
    const deadline = since + movedWithinMs;
    const standing = (): string[] =>
      attempted.flatMap(({ delays }) => {
        const moved = new Set(
          delays.filter(({ at, ms }) => at - ms > since).map(({ conversation }) => conversation),
        );
        return world.places.map(({ conversation }) => conversation).filter((one) => !moved.has(one));
      });
    while (standing().length > 0) {
      if (performance.now() > deadline)
        throw new Error(`stood still for ${movedWithinMs} ms: ${[...new Set(standing())].join(', ')}`);
      await sleep(50);
    }
  };
  try {
    await Promise.all(replicas.map(async (replica) => replica.start()));
    await world.prepare?.();

    const talk = async (
      place: Place,
      say: (place: Place, text: string) => Promise<void>,
      told: MessageTag[],
      side: 0 | 1,
    ): Promise<void> => {
      for (let sequence = 0; striking; sequence += 1) {
        const tag = { ...place, sequence };
        await plan.between?.(place, random);
        attempted[side].awaited(tagText(tag));
        await say(place, tagText(tag));
        acknowledged[side].awaited(tagText(tag));
        told.push(tag);
        await sleep(plan.paceMs * (0.5 + random()));
      }
    };
    const talking = world.places.flatMap((place) => [
      talk(place, async (...args) => world.customerSays(...args), toAgents, 0),
      talk(place, async (...args) => world.agentSays(...args), toCustomers, 1),
    ]);
    const looking = lookOn(() => striking, look);
    for (const strike of plan.strikes) {
      await sleep(quietMs * (0.5 + random()));
      plan.onStrike?.(strike.name);
      const victim = replicas[Math.floor(random() * replicas.length)];
      if (victim !== undefined) await strike.strike(victim, { replicas, untilAllMoved });
    }
    await sleep(quietMs);
    striking = false;
    // What is not taken for the fault that lasts can only be said after it.
    world.heal();
    await Promise.all([...talking, looking]);

    await history.drained(plan.drainWithinMs ?? drainWithinMs, look);
    look();
    await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
    const delays = acknowledged.flatMap((one) => one.delays);
    return {
      ...history.verdicts(),
      messages: toAgents.length + toCustomers.length,
      unclear: world.shownUnclear().length,
      retransmits: world.retransmits(),
      kills: replicas.reduce((sum, { kills }) => sum + kills, 0),
      delays,
      longestMs: longestOf(delays),
      longestGapMs: longestOf(attempted.flatMap((one) => one.delays)),
      seconds: (performance.now() - begun) / 1000,
      lastWords: replicas.map((replica) => replica.lastWords()).join('\n'),
    };
  } finally {
    striking = false;
    await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
  }
}

async function lookOn(going: () => boolean, look: () => void): Promise<void> {
  while (going()) {
    look();
    await sleep(20);
  }
}
