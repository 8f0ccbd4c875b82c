import { setTimeout as sleep } from 'node:timers/promises';
import type { AppservicePush } from '../../peers/homeserver/appservice-push.ts';
import { createHistory } from '../history.ts';
import { tagText } from '../message-tag.ts';
import { endWithinMs, superviseProcess } from '../supervised-process.ts';
import { bothStores, unless, wrongIn, type Row } from './row.ts';
import { withSwitchboard } from './worlds.ts';

const takenWithinMs = 60_000;
const givenUpAfterMs = 3 * takenWithinMs;
const noticedWithinMs = 60_000;

/** R15: what agents wrote while we were down is taken when we are back, because we say so. */
export const down: Row = {
  id: 'R15',
  promise:
    'after an outage we ping, and 10,000 events that waited at the homeserver are taken in order within 60 s',
  stores: bothStores,
  run: async (setting) => {
    const { full, progress } = setting;
    const backlog = full ? 10_000 : 500;
    return withSwitchboard(setting, { conversations: 20 }, async (world) => {
      const replicas = world.targets.map(superviseProcess);
      const history = createHistory(world);
      const { push } = world.homeserver;
      const pings = (): number => world.homeserver.requests.get('POST appservice/switchboard/ping') ?? 0;
      try {
        await Promise.all(replicas.map(async (replica) => replica.start()));
        await world.prepare?.();
        progress('conversations are open');
        // The homeserver itself would come back in minutes only: whatever comes at once comes by our ping.
        push.secondMs = 120_000;
        await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
        progress('nobody is there');
        const pingsBefore = pings();
        for (let nth = 0; nth < backlog; nth += 1) {
          const place = world.places[nth % world.places.length];
          if (place === undefined) break;
          const tag = { ...place, sequence: Math.floor(nth / world.places.length) };
          world.agentOf(place).send(world.roomOf(place), tagText(tag));
          history.toCustomers.push(tag);
          if (nth === 0) await untilDown(push);
        }
        // From our ping on it waits as Synapse does, where a transaction is not answered in time; what it waits for now goes by minutes.
        push.secondMs = 1000;
        const waited = push.backlog;
        const refusedBefore = push.refused;
        progress(`${waited} events wait`);
        await replicas[0]?.start();
        progress('one is back');
        const begun = performance.now();
        const deadline = begun + givenUpAfterMs;
        while (push.backlog > 0 && performance.now() < deadline) await sleep(10);
        const takenMs = performance.now() - begun;
        const left = push.backlog;
        const refused = push.refused - refusedBefore;
        progress(`${left} are left, pings: ${pings() - pingsBefore}, refused: ${refused}`);
        await history.drained(180_000);
        await replicas[0]?.terminate(endWithinMs);
        return {
          wrong: [
            ...wrongIn(history.verdicts()),
            ...unless(waited >= backlog, `only ${waited} events waited`),
            ...unless(pings() > pingsBefore, 'there was no ping after the start'),
            // With reduced counts the time says nothing on a machine that others use.
            ...unless(
              left === 0 && takenMs <= (full ? takenWithinMs : givenUpAfterMs),
              `${left} are left after ${Math.round(takenMs)} ms`,
            ),
          ],
          figures: {
            waited,
            refused,
            takenMs: Math.round(takenMs),
            perSecond: Math.round((waited / takenMs) * 1000),
          },
          lastWords: replicas.map((replica) => replica.lastWords()).join('\n'),
        };
      } finally {
        await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
      }
    });
  },
};

async function untilDown(push: AppservicePush): Promise<void> {
  const deadline = performance.now() + noticedWithinMs;
  while (!push.isDown) {
    if (performance.now() > deadline)
      throw new Error(
        `the homeserver did not notice within ${noticedWithinMs} ms that nobody is there: ${push.backlog} events wait, answers so far ${[...push.statuses].join(', ')}`,
      );
    await sleep(5);
  }
}
