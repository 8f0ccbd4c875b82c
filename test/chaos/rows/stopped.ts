import { setTimeout as sleep } from 'node:timers/promises';
import { createHistory } from '../history.ts';
import { tagText, type MessageTag } from '../message-tag.ts';
import { endWithinMs, superviseProcess, type SupervisedProcess } from '../supervised-process.ts';
import type { Place } from '../world.ts';
import { bothStores, unless, wrongIn, type Row } from './row.ts';
import { withSwitchboard } from './worlds.ts';

const stopWithinMs = 10_000;
/** What begun work is given (`graceMs` of switchboard.ts), after the second in which it says that it is not ready, and a little. */
const graceMs = 4500;
/** Whoever asks for readiness every 5 ms and hears nothing for so long does so on a machine that stood still. */
const deafMs = 400;
/** With reduced counts such a stop, or one that took all of the grace, says nothing against a process; so many more are made in their place. */
const mostAgain = 5;
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
      let slow = 0;
      let again = 0;
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
        for (let stop = 0; stop < stops + again; stop += 1) {
          await sleep(1000);
          const at = stop % replicas.length;
          const [replica, target] = [replicas[at], world.targets[at]];
          if (replica === undefined || target === undefined) break;
          const { ms, code, heard, deaf } = await watchedStop(replica, target.readyUrl, full);
          const stoodStill = deaf > deafMs || ms > graceMs;
          slow += stoodStill ? 1 : 0;
          longestStopMs = Math.max(longestStopMs, ms);
          const broken = [
            ...unless(code === 0, `exit code ${code}`),
            ...unless(!heard.includes('ready after the end began'), 'ready again after it was not'),
            // Alone, there is nobody else to send to: it may close at once. Once could be a request that was under way.
            ...unless(
              store === 'embedded' || heard.filter((one) => one === 'not ready').length > 1,
              'it refused connections before it said that it is not ready',
            ),
          ];
          if (broken.length > 0 && stoodStill && !full && again < mostAgain) again += 1;
          else wrong.push(...broken);
          await replica.start();
        }
        going = false;
        await Promise.all(talking);
        await history.drained(180_000);
        await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
      } finally {
        going = false;
        await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
      }
      const retransmits = world.retransmits();
      const messages = history.toAgents.length + history.toCustomers.length;
      return {
        wrong: [
          ...wrongIn(history.verdicts()),
          ...wrong,
          ...unless(retransmits === 0 || (slow > 0 && !full), `${retransmits} messages went out again`),
        ],
        figures: { messages, stops, again, slow, retransmits, longestStopMs: Math.round(longestStopMs) },
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
  full: boolean,
): Promise<{ ms: number; code: number | null; heard: readonly Heard[]; deaf: number }> {
  const heard: Heard[] = [];
  let ended = false;
  const begun = performance.now();
  let deaf = 0;
  let last = begun;
  const ending = replica.terminate(full ? stopWithinMs : endWithinMs).finally(() => {
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
    deaf = Math.max(deaf, performance.now() - last);
    last = performance.now();
  }
  return { code: await ending, ms: performance.now() - begun, heard, deaf };
}
