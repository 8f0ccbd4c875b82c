import { setTimeout as sleep } from 'node:timers/promises';
import { check, type Verdict } from './checker.ts';
import { tagText, type MessageTag } from './message-tag.ts';
import { endWithinMs, superviseProcess } from './supervised-process.ts';
import type { SwitchboardWorld, WebhookAnswer } from './switchboard-world.ts';
import type { Place } from './world.ts';

/** Something that Switchboard needs goes, and comes back. */
export interface Outage {
  readonly name: string;
  begin(): Promise<void>;
  /** How long it is gone. */
  readonly awayMs: number;
  /** Ends it later than that: when so much was refused. */
  readonly untilRefused?: number;
  /** Or when the processes said something; given what they said last. */
  readonly untilSaid?: (words: readonly string[]) => boolean;
  end(): Promise<void>;
}

/** What networks were answered around one outage. */
export interface OutageReport {
  readonly name: string;
  /** To requests that began after it had begun, and were answered before it ended. */
  readonly duringIt: readonly WebhookAnswer[];
  /** From its end to the first message that was taken, to the first that arrived at agents, and to the first that arrived at customers and was not said before it began. */
  readonly takenAfterMs: number;
  readonly arrivedAfterMs: number;
  readonly answeredAfterMs: number;
}

export interface OutageResult {
  readonly toAgents: Verdict;
  readonly toCustomers: Verdict;
  readonly messages: number;
  readonly reports: readonly OutageReport[];
  readonly lastWords: string;
}

const paceMs = 100;
const quietMs = 1000;
const recoverWithinMs = 90_000;
const drainWithinMs = 180_000;

/** Both sides talk while one outage after the other comes and goes; then everything must have arrived, once, in order, and again after a new start. */
export async function runOutages(
  world: SwitchboardWorld,
  answers: readonly WebhookAnswer[],
  outages: readonly Outage[],
): Promise<OutageResult> {
  const replicas = world.targets.map(superviseProcess);
  const toAgents: MessageTag[] = [];
  const toCustomers: MessageTag[] = [];
  const reports: OutageReport[] = [];
  let talking = true;
  const talk = async (
    place: Place,
    say: (place: Place, text: string) => Promise<void>,
    acknowledged: MessageTag[],
  ): Promise<void> => {
    for (let sequence = 0; talking; sequence += 1) {
      const tag = { ...place, sequence };
      await say(place, tagText(tag));
      acknowledged.push(tag);
      await sleep(paceMs);
    }
  };
  try {
    await Promise.all(replicas.map(async (replica) => replica.start()));
    await world.prepare?.();
    const talks = world.places.flatMap((place) => [
      talk(place, async (...args) => world.customerSays(...args), toAgents),
      talk(place, async (...args) => world.agentSays(...args), toCustomers),
    ]);
    for (const outage of outages) {
      await sleep(quietMs);
      const words = (): string[] => replicas.map((replica) => replica.lastWords());
      reports.push(await strike(world, answers, outage, toCustomers, words));
    }
    await sleep(quietMs);
    talking = false;
    await Promise.all(talks);
    world.heal();
    const verdicts = (): [Verdict, Verdict] => [
      check({ acknowledged: toAgents, seen: world.seenByAgents() }),
      check({ acknowledged: toCustomers, seen: world.seenByCustomers() }),
    ];
    const deadline = Date.now() + drainWithinMs;
    while (verdicts().some(({ lost }) => lost.length > 0) && Date.now() < deadline) await sleep(50);
    await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
    // What was stored loads, and is not done again.
    const again = world.targets.map(superviseProcess);
    await Promise.all(again.map(async (replica) => replica.start()));
    await Promise.all(again.map(async (replica) => replica.terminate(endWithinMs)));
    const [agents, customers] = verdicts();
    return {
      toAgents: agents,
      toCustomers: customers,
      messages: toAgents.length + toCustomers.length,
      reports,
      lastWords: replicas.map((replica) => replica.lastWords()).join('\n'),
    };
  } finally {
    talking = false;
    await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
  }
}

async function strike(
  world: SwitchboardWorld,
  answers: readonly WebhookAnswer[],
  outage: Outage,
  saidByAgents: readonly MessageTag[],
  words: () => string[],
): Promise<OutageReport> {
  await outage.begin();
  const saidBefore = new Set(saidByAgents.map(tagText));
  const begun = performance.now();
  await sleep(outage.awayMs);
  const refused = (): number =>
    answers.filter((answer) => answer.begun > begun && answer.status === 503).length;
  await until(() => refused() >= (outage.untilRefused ?? 0), `${outage.name}: nothing was refused`);
  await until(() => outage.untilSaid?.(words()) ?? true, `${outage.name}: nobody noticed it`);
  const ending = performance.now();
  await outage.end();
  const ended = performance.now();
  const seen = world.seenByAgents().length;
  const isTaken = ({ status, ended: at }: WebhookAnswer): boolean =>
    at >= ending && status < 300 && status > 0;
  await until(() => answers.some(isTaken), `${outage.name}: nothing was taken after it`);
  await until(() => world.seenByAgents().length > seen, `${outage.name}: nothing arrived after it`);
  const arrived = performance.now();
  await until(
    () => world.seenByCustomers().some(({ text }) => !saidBefore.has(text)),
    `${outage.name}: no agent was heard after it`,
  );
  return {
    name: outage.name,
    duringIt: answers.filter((answer) => answer.begun > begun && answer.ended < ending),
    takenAfterMs: Math.max(0, (answers.find(isTaken)?.ended ?? Infinity) - ended),
    arrivedAfterMs: arrived - ended,
    answeredAfterMs: performance.now() - ended,
  };
}

async function until(condition: () => boolean, otherwise: string): Promise<void> {
  const deadline = Date.now() + recoverWithinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(otherwise);
    await sleep(10);
  }
}
