import { setTimeout as sleep } from 'node:timers/promises';
import { createHistory } from '../history.ts';
import { tagText, type MessageTag } from '../message-tag.ts';
import { superviseProcess, type SupervisedProcess } from '../supervised-process.ts';
import type { Place } from '../world.ts';
import { bothStores, unless, wrongIn, type Row } from './row.ts';
import { withSwitchboard } from './worlds.ts';

const stopWithinMs = 10_000;
/** 20 conversations, both ways: 100 messages a second. */
const conversations = 20;
const paceMs = 400;

/** R11: told to end under load, a process says so first, ends what it began, and leaves nothing half done. */
export const stopped: Row = {
  id: 'R11',
  promise:
    'SIGTERM under 100 messages a second: ready no more, then exit 0 within 10 s, and nothing is sent again',
  stores: bothStores,
  run: async (setting) => {
    const { full, store } = setting;
    const stops = full ? 20 : 2;
    return withSwitchboard(setting, { conversations }, async (world) => {
      const replicas = world.targets.map(superviseProcess);
      const history = createHistory(world);
      const wrong: string[] = [];
      let longestStopMs = 0;
      let going = true;
      try {
        await Promise.all(replicas.map(async (replica) => replica.start()));
        await world.prepare?.();
        const talk = async (
          place: Place,
          say: (place: Place, text: string) => Promise<void>,
          told: MessageTag[],
        ): Promise<void> => {
          for (let sequence = 0; going; sequence += 1) {
            const tag = { ...place, sequence };
            await say(place, tagText(tag));
            told.push(tag);
            await sleep(paceMs);
          }
        };
        const talking = world.places.flatMap((place) => [
          talk(place, async (...args) => world.customerSays(...args), history.toAgents),
          talk(place, async (...args) => world.agentSays(...args), history.toCustomers),
        ]);
        for (let stop = 0; stop < stops; stop += 1) {
          await sleep(1000);
          const at = stop % replicas.length;
          const [replica, target] = [replicas[at], world.targets[at]];
          if (replica === undefined || target === undefined) break;
          const { ms, code, heard } = await watchedStop(replica, target.readyUrl);
          longestStopMs = Math.max(longestStopMs, ms);
          wrong.push(
            ...unless(code === 0, `exit code ${code}`),
            ...unless(!heard.includes('ready after the end began'), 'ready again after it was not'),
            // Alone, there is nobody else to send to: it may close at once. Once could be a request that was under way.
            ...unless(
              store === 'embedded' || heard.filter((one) => one === 'not ready').length > 1,
              'it refused connections before it said that it is not ready',
            ),
          );
          await replica.start();
        }
        going = false;
        await Promise.all(talking);
        await history.drained(30_000);
        await Promise.all(replicas.map(async (replica) => replica.terminate(stopWithinMs)));
      } finally {
        going = false;
        await Promise.all(replicas.map(async (replica) => replica.terminate(stopWithinMs)));
      }
      const retransmits = world.retransmits();
      const messages = history.toAgents.length + history.toCustomers.length;
      return {
        wrong: [
          ...wrongIn(history.verdicts()),
          ...wrong,
          ...unless(retransmits === 0, `${retransmits} messages went out again`),
        ],
        figures: { messages, stops, retransmits, longestStopMs: Math.round(longestStopMs) },
        lastWords: replicas.map((replica) => replica.lastWords()).join('\n'),
      };
    });
  },
};

type Heard = 'ready' | 'not ready' | 'refused' | 'ready after the end began';

/** What somebody hears who asks for readiness, with a connection of its own each time, from SIGTERM to the exit. */
async function watchedStop(
  replica: SupervisedProcess,
  readyUrl: string,
): Promise<{ ms: number; code: number | null; heard: readonly Heard[] }> {
  const heard: Heard[] = [];
  let ended = false;
  const begun = performance.now();
  const ending = replica.terminate(stopWithinMs).finally(() => {
    ended = true;
  });
  while (!ended) {
    const ready = await fetch(readyUrl, { headers: { connection: 'close' } }).then(
      (answer) => answer.ok,
      () => undefined,
    );
    if (ready === undefined) heard.push('refused');
    else if (!ready) heard.push('not ready');
    else heard.push(heard.some((one) => one !== 'ready') ? 'ready after the end began' : 'ready');
    await sleep(5);
  }
  return { code: await ending, ms: performance.now() - begun, heard };
}
