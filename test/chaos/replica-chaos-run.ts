import { setTimeout as sleep } from 'node:timers/promises';
import { createArrivals } from './arrivals.ts';
import { check, type Verdict } from './checker.ts';
import { tagText, type MessageTag } from './message-tag.ts';
import { seededRandom } from './seeded-random.ts';
import { superviseProcess, type SupervisedProcess } from './supervised-process.ts';
import type { Place, World } from './world.ts';

export type ReplicaFault = 'kill' | 'pause' | 'terminate' | 'disconnect' | 'none';

export interface ReplicaChaosPlan {
  readonly seed: number;
  /** One after the other, each of a replica that the seed chooses: kill -9, SIGSTOP for `pauseMs`, SIGTERM, its database connections ended, or nothing. */
  readonly faults: readonly ReplicaFault[];
  readonly pauseMs: number;
  /** Between the messages of one conversation in one direction. */
  readonly paceMs: number;
  readonly drainWithinMs?: number;
  disconnect(): Promise<void>;
}

export interface ReplicaChaosResult {
  readonly toAgents: Verdict;
  readonly toCustomers: Verdict;
  readonly messages: number;
  readonly unclear: number;
  /** The longest that a message was under way, of all conversations. */
  readonly longestMs: number;
  readonly seconds: number;
  readonly lastWords: string;
}

const quietMs = 2000;

/**
 * Both sides talk at an even pace while one replica after the other is ended, stood still or cut off; then everything must arrive. `targets`:
 * the replicas, behind whatever the world sends to.
 */
export async function runReplicaChaos(world: World, plan: ReplicaChaosPlan): Promise<ReplicaChaosResult> {
  const random = seededRandom(plan.seed);
  const replicas = world.targets.map(superviseProcess);
  const begun = performance.now();
  const toAgents: MessageTag[] = [];
  const toCustomers: MessageTag[] = [];
  const arrivals = [createArrivals(), createArrivals()] as const;
  let striking = true;
  try {
    await Promise.all(replicas.map(async (replica) => replica.start()));
    await world.prepare?.();

    const talk = async (
      place: Place,
      say: (place: Place, text: string) => Promise<void>,
      acknowledged: MessageTag[],
      arrived: (typeof arrivals)[number],
    ): Promise<void> => {
      for (let sequence = 0; striking; sequence += 1) {
        const tag = { ...place, sequence };
        await say(place, tagText(tag));
        arrived.acknowledged(tagText(tag));
        acknowledged.push(tag);
        await sleep(plan.paceMs * (0.5 + random()));
      }
    };
    const talking = world.places.flatMap((place) => [
      talk(place, async (...args) => world.customerSays(...args), toAgents, arrivals[0]),
      talk(place, async (...args) => world.agentSays(...args), toCustomers, arrivals[1]),
    ]);
    const looking = lookOn(
      () => striking,
      () => {
        arrivals[0].look(world.seenByAgents());
        arrivals[1].look(world.seenByCustomers());
      },
    );
    for (const fault of plan.faults) {
      await sleep(quietMs * (0.5 + random()));
      await strike(fault, replicas[Math.floor(random() * replicas.length)], plan);
    }
    await sleep(quietMs);
    striking = false;
    await Promise.all([...talking, looking]);

    world.heal();
    const verdicts = (): [Verdict, Verdict] => [
      check({ acknowledged: toAgents, seen: world.seenByAgents() }),
      check({ acknowledged: toCustomers, seen: world.seenByCustomers(), unclear: world.shownUnclear() }),
    ];
    const deadline = Date.now() + (plan.drainWithinMs ?? 60_000);
    while (verdicts().some((verdict) => verdict.lost.length > 0) && Date.now() < deadline) {
      await sleep(20);
      arrivals[0].look(world.seenByAgents());
      arrivals[1].look(world.seenByCustomers());
    }
    await Promise.all(replicas.map(async (replica) => replica.terminate(10_000)));
    const [agents, customers] = verdicts();
    return {
      toAgents: agents,
      toCustomers: customers,
      messages: toAgents.length + toCustomers.length,
      unclear: world.shownUnclear().length,
      longestMs: Math.max(...arrivals.map(({ longestMs }) => longestMs)),
      seconds: (performance.now() - begun) / 1000,
      lastWords: replicas.map((replica) => replica.lastWords()).join('\n'),
    };
  } finally {
    striking = false;
    await Promise.all(replicas.map(async (replica) => replica.terminate(10_000)));
  }
}

async function strike(
  fault: ReplicaFault,
  victim: SupervisedProcess | undefined,
  plan: ReplicaChaosPlan,
): Promise<void> {
  switch (fault) {
    case 'kill':
      return victim?.kill();
    case 'pause':
      return victim?.pause(plan.pauseMs);
    case 'terminate':
      return victim?.restart();
    case 'disconnect':
      return plan.disconnect();
    case 'none':
  }
}

async function lookOn(going: () => boolean, look: () => void): Promise<void> {
  while (going()) {
    look();
    await sleep(20);
  }
}
