import { createHistory } from '../history.ts';
import { tagText, type MessageTag } from '../message-tag.ts';
import type { RelayWorld } from '../relay-world.ts';
import { endWithinMs, superviseProcess } from '../supervised-process.ts';
import type { Place } from '../world.ts';
import { bothStores, unless, wrongIn, type Row, type RowReport, type RowSetting } from './row.ts';
import { withRelay } from './worlds.ts';

interface Cost {
  /** Of the processes under test, for each message of the others. */
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly attempts: number;
  readonly wrong: readonly string[];
}

const mostPairs = 3;

/**
 * R7: a conversation that fails for ever stops only itself. What the others' messages cost is judged by processor time, with and without
 * it, so that what else the machine does counts little.
 */
export const stuck: Row = {
  id: 'R7',
  promise: 'one conversation fails for ever with thousands queued: the others keep 90% of their rate',
  stores: bothStores,
  run: async (setting): Promise<RowReport> => {
    const { full } = setting;
    const queued = full ? 10_000 : 500;
    const least = full ? 0.9 : 0.6;
    const best = (of: readonly Cost[], pick: (cost: Cost) => number): number => Math.min(...of.map(pick));
    const alone: Cost[] = [];
    const beside: Cost[] = [];
    let kept = 0;
    // In turn, and the better of each, since one run may meet a busy moment: one that costs too much does so each time.
    for (let pair = 0; pair < (full ? 2 : 1) || (kept < least && pair < mostPairs); pair += 1) {
      alone.push(await costOf(setting, 0));
      beside.push(await costOf(setting, queued));
      kept = best(alone, ({ cpuMs }) => cpuMs) / best(beside, ({ cpuMs }) => cpuMs);
    }
    const keptRate = best(beside, ({ perSecond }) => -perSecond) / best(alone, ({ perSecond }) => -perSecond);
    const attempts = Math.max(...beside.map((cost) => cost.attempts));
    return {
      wrong: [
        ...[...alone, ...beside].flatMap(({ wrong }) => wrong),
        ...unless(kept >= least, `the others keep ${kept.toFixed(2)} of their messages a processor second`),
      ],
      figures: {
        queued,
        attemptsOfTheStuck: attempts,
        keptByCpu: kept.toFixed(2),
        keptByTime: keptRate.toFixed(2),
        cpuMsPerMessage: best(beside, ({ cpuMs }) => cpuMs).toFixed(2),
      },
    };
  },
};

/** Runs the others' messages through, beside so many queued ones of a conversation that the network always refuses. */
async function costOf(setting: RowSetting, queued: number): Promise<Cost> {
  const { full } = setting;
  const each = full ? 20 : 25;
  return withRelay(setting, { conversations: full ? 500 : 50, replicas: 1 }, async (world) => {
    const process = superviseProcess(world.target);
    const history = createHistory(world);
    const [failing, ...others] = world.places;
    try {
      await process.start();
      world.network.stuck = { conversation: failing?.conversation ?? '', attempts: 0 };
      if (failing !== undefined) await queue(world, failing, queued, history.toCustomers);
      const before = process.cpuMs() ?? 0;
      const begun = performance.now();
      const talk = async (
        place: Place,
        say: (place: Place, text: string) => Promise<void>,
        told: MessageTag[],
      ): Promise<void> => {
        for (let sequence = 0; sequence < each; sequence += 1) {
          const tag = { ...place, sequence };
          await say(place, tagText(tag));
          told.push(tag);
        }
      };
      await Promise.all(
        others.flatMap((place) => [
          talk(place, async (...args) => world.customerSays(...args), history.toAgents),
          talk(place, async (...args) => world.agentSays(...args), history.toCustomers),
        ]),
      );
      const arrived = (): number => world.seenByAgents().length + world.seenByCustomers().length;
      const messages = others.length * each * 2;
      const deadline = performance.now() + 120_000;
      while (arrived() < messages && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 5));
      const seconds = (performance.now() - begun) / 1000;
      const cpuMs = ((process.cpuMs() ?? 0) - before) / messages;
      const reached = arrived();
      const { attempts } = world.network.stuck;
      world.heal();
      await history.drained(120_000);
      return {
        ...{ cpuMs, perSecond: messages / seconds, attempts },
        wrong: [
          ...unless(
            reached === messages,
            `${reached} of ${messages} of the others arrived while one was stuck`,
          ),
          ...wrongIn(history.verdicts()),
        ],
      };
    } finally {
      await process.terminate(endWithinMs);
    }
  });
}

async function queue(world: RelayWorld, place: Place, count: number, told: MessageTag[]): Promise<void> {
  const tags = Array.from({ length: count }, (_, sequence) => ({ ...place, sequence }));
  await Promise.all(tags.map(async (tag) => world.agentSays(place, tagText(tag))));
  told.push(...tags);
}
