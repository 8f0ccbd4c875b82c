import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../../../src/platform/crash-point.ts';
import { runChaos } from '../chaos-run.ts';
import type { NetworkFault } from '../fault-proxy.ts';
import { runReplicaChaos, type Strike } from '../replica-chaos-run.ts';
import { seededRandom } from '../seeded-random.ts';
import { crashDatabase, disconnect, kill, nothing, pause, terminate } from '../strikes.ts';
import type { SwitchboardWorld } from '../switchboard-world.ts';
import { reportOf } from './replicas.ts';
import { bothStores, unless, wrongIn, type Row, type RowSetting } from './row.ts';
import { withSwitchboard } from './worlds.ts';

/** How long a fault of the surroundings lasts. */
const lastsMs = 2000;

/** All faults in an order of the seed's choice, one after the other, and in a quarter of the time none. */
export const everything: Row = {
  id: 'R1-R3-nemesis',
  promise: 'nothing is lost, doubled or reordered under every fault of the nemesis, one after the other',
  stores: bothStores,
  run: async (setting) => {
    const { seed, full, progress } = setting;
    const random = seededRandom(seed + 2);
    const options = { conversations: 20, faults: { busy: 0.005, broken: 0.005, cut: 0.005 } };
    return withSwitchboard(setting, options, async (world) => {
      const all = shuffled(faultsOf(world, setting), random);
      const chosen = full ? all : all.slice(0, 4);
      const strikes = shuffled(
        [...chosen, ...Array.from({ length: Math.ceil(chosen.length / 3) }, () => nothing)],
        random,
      );
      const plan = { seed, strikes, paceMs: 400, onStrike: progress };
      const result = await runReplicaChaos(world, plan);
      return reportOf(
        result,
        unless(world.rooms().length === world.places.length, 'a conversation has not one room'),
        { faults: chosen.length },
      );
    });
  },
};

function faultsOf(world: SwitchboardWorld, { store, server }: RowSetting): Strike[] {
  const { homeserver, proxies } = world;
  const named = (name: string, strike: () => Promise<void>): Strike => ({ name, strike });
  const network = (name: string, fault: NetworkFault): Strike =>
    named(`network: ${name}`, async () => {
      for (const proxy of proxies) proxy.fault = fault;
      await sleep(lastsMs);
      for (const proxy of proxies) proxy.fault = undefined;
    });
  const answers = (name: string, fault: Parameters<typeof homeserver.faults.add>[0]['fault']): Strike =>
    named(`homeserver: ${name}`, async () => {
      const takeAway = homeserver.faults.add({ fault });
      await sleep(lastsMs);
      takeAway();
    });
  const several = store === 'postgres';
  return [
    kill(),
    kill(3000),
    pause(several ? 15_000 : 3000),
    terminate,
    ...(server !== undefined && several ? [disconnect(server), crashDatabase(server)] : []),
    network('latency', { kind: 'latency', ms: 150 }),
    network('slices', { kind: 'slices', bytes: 7 }),
    network('cut after n bytes', { kind: 'cut', afterBytes: 900 }),
    named('network: reset', async () => {
      for (const proxy of proxies) proxy.reset();
    }),
    named('network: half-open', async () => {
      for (const proxy of proxies) proxy.halfOpen();
    }),
    answers('429', { kind: 'limit', retryAfterMs: 1000 }),
    answers('500', { kind: 'status', status: 500 }),
    answers('timeout', { kind: 'silence' }),
    answers('answer lost', { kind: 'answerLost' }),
    named('homeserver: forgets transaction ids', async () => homeserver.forgetTransactions()),
    named('homeserver: restart', async () => homeserver.restart(async () => sleep(500))),
  ];
}

/** So many of them, in their order: rooms are made at the beginning only. */
function some<Item>(items: readonly Item[], count: number, random: () => number): Item[] {
  const chosen = new Set(shuffled(items, random).slice(0, count));
  return items.filter((item) => chosen.has(item));
}

function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Checkpoints of the embedded store are too far apart in a run, and no store is moved: their points have tests of their own. */
const points: readonly CrashPoint[] = [
  'room-created-before-commit',
  'store-before-append',
  'store-half-appended',
  'store-after-append-before-apply',
  'inbox-before-commit',
  'inbox-after-commit-before-ack',
  'inbox-after-decision-before-commit',
  'inbox-after-decision-commit',
  'outbox-before-call',
  'outbox-after-call-before-commit',
  'outbox-after-commit',
];

/** Kill at each named point: at its first pass where rooms are made, then at passes of the seed's choice. */
export const namedPoints: Row = {
  id: 'R1-R3-points',
  promise: 'nothing is lost, doubled or reordered by a kill at each named point',
  stores: bothStores,
  run: async (setting) => {
    const { seed, full, store } = setting;
    const random = seededRandom(seed + 3);
    const several = store === 'postgres';
    // On PostgreSQL each takes as long as a lease: what the dead one held is free only then.
    const here = several && !full ? some(points, 2, random) : points;
    const rounds = full ? [here, here.slice(1), here.slice(1)] : [here];
    const crashAt = rounds
      .flat()
      .map((point) => `${point}#${point.startsWith('room') ? 1 : 1 + Math.floor(random() * 15)}`);
    // One process, so that it is the one that passes the point.
    return withSwitchboard(setting, { conversations: 20, replicas: 1 }, async (world) => {
      const result = await runChaos(world, {
        ...{ seed, messages: full ? 900 : 400, randomKills: 0, crashAt },
        drainWithinMs: 180_000 + (several ? crashAt.length * 15_000 : 0),
      });
      const { kills, retransmits, seconds, lastWords } = result;
      return {
        wrong: [
          ...wrongIn(result),
          ...unless(kills === crashAt.length, `${kills} of ${crashAt.length} points were reached`),
        ],
        figures: { points: crashAt.length, kills, retransmits, seconds: Math.round(seconds) },
        lastWords,
      };
    });
  },
};
