import { setTimeout as sleep } from 'node:timers/promises';
import { quantileOf, type Delay } from '../arrivals.ts';
import { runReplicaChaos, type Strike } from '../replica-chaos-run.ts';
import { nothing } from '../strikes.ts';
import type { RelayWorld } from '../relay-world.ts';
import type { SwitchboardWorld } from '../switchboard-world.ts';
import type { Place } from '../world.ts';
import { reportOf } from './replicas.ts';
import { bothStores, unless, type Row } from './row.ts';
import { withRelay, withSwitchboard } from './worlds.ts';

/** One conversation in ten has bad events, one in ten of its own: 1% of all. */
const isPoisoned = ({ conversation }: Place): boolean => conversation.endsWith('0');
const share = 0.1;
const delayedAtMostMs = (full: boolean): number => (full ? 1000 : 5000);
/** With reduced counts one stall of the machine is more than a hundredth of the messages, but never half: everybody waits for an answer before the next. */
const judgedPart = (full: boolean): number => (full ? 0.99 : 0.5);
/** Fewer would not show anything. */
const leastGiven = 3;
const givenWithinMs = 60_000;

/** Lasts until so much poison was given: how fast people talk depends on the machine. */
function untilGiven(given: () => number): Strike {
  return {
    name: 'until there was poison',
    async strike() {
      const deadline = performance.now() + givenWithinMs;
      while (given() < leastGiven && performance.now() < deadline) await sleep(50);
    },
  };
}

/** How long the other conversations' messages take before there is poison and beside it, in one run: whatever else the machine does, it does to both. */
interface Beside {
  readonly begin: Strike;
  isOn(): boolean;
  judge(delays: readonly Delay[]): {
    readonly wrong: string[];
    readonly figures: Readonly<Record<string, number>>;
  };
}

function createBeside(full: boolean): Beside {
  const part = judgedPart(full);
  let since: number | undefined;
  return {
    begin: {
      name: 'poison begins',
      strike: async () => {
        since = performance.now();
      },
    },
    isOn: () => since !== undefined,
    judge(delays) {
      const others = delays.filter(({ conversation }) => !conversation.endsWith('0'));
      const [before, beside] = [false, true].map((late) =>
        quantileOf(
          others.filter(({ at }) => at >= (since ?? Infinity) === late),
          part,
        ),
      );
      const more = (beside ?? 0) - (before ?? 0);
      return {
        wrong: unless(
          more < delayedAtMostMs(full),
          `${part * 100}% of the others waited up to ${Math.round(more)} ms longer`,
        ),
        figures: {
          [`othersP${part * 100}Before`]: Math.round(before ?? 0),
          [`othersP${part * 100}Beside`]: Math.round(beside ?? 0),
        },
      };
    },
  };
}

/** Three tries with their waits, on a machine that has other work. */
const setAsideWithinMs = 60_000;

/** R6 in the engine: what cannot be decided on is set aside with its reason, and the rest goes on. */
export const undecidable: Row = {
  id: 'R6',
  promise:
    '1% of events cannot be decided on: all are acknowledged, set aside with their reason, others wait less than 1 s',
  stores: bothStores,
  run: async (setting) => {
    const { seed, full } = setting;
    const beside = createBeside(full);
    const quiet = Array.from({ length: full ? 30 : 1 }, () => nothing);
    return withRelay(setting, { conversations: full ? 100 : 40 }, async (world) => {
      const given: string[] = [];
      let isCounting = false;
      let found: Awaited<ReturnType<RelayWorld['counts']>>[number]['quarantined'] = [];
      const missing = (): string[] => given.filter((text) => !found.some((aside) => aside.text === text));
      const counting = {
        name: 'counts',
        strike: async () => {
          // What was given last is still being tried.
          isCounting = true;
          const until = performance.now() + setAsideWithinMs;
          do found = (await world.counts())[0]?.quarantined ?? [];
          while (missing().length > 0 && performance.now() < until);
        },
      };
      const result = await runReplicaChaos(world, {
        ...{
          seed,
          strikes: [...quiet, beside.begin, ...quiet, untilGiven(() => given.length), counting],
          paceMs: 500,
        },
        async between(place, random) {
          if (isCounting || !beside.isOn() || !isPoisoned(place) || random() >= share) return;
          if (given.length >= mostGiven(full)) return;
          const text = `poison ${given.length}`;
          given.push(text);
          await (random() < 0.5 ? world.customerSays(place, text) : world.agentSays(place, text));
        },
      });
      const { wrong, figures } = beside.judge(result.delays);
      return reportOf(
        result,
        [
          ...unless(given.length >= leastGiven, 'there was no poison'),
          ...unless(missing().length === 0, `not set aside: ${missing().join(', ')}`),
          ...unless(
            found.every(({ reason }) => reason.includes('poison')),
            'one was set aside without its reason',
          ),
          ...wrong,
        ],
        { poison: given.length, ...figures },
      );
    });
  },
};

/** So early that the last of them is set aside before it is counted. */
function mostGiven(full: boolean): number {
  return full ? 150 : 8;
}

/** What Synapse would not send but a broken homeserver or a hostile client may: as an event, and as the content of one. */
const noEvents: readonly object[] = [
  {},
  { event_id: 7 },
  { event_id: '$x', room_id: 'not-a-room', sender: '@a:b', type: 'm.room.message', content: {} },
  {
    event_id: '$y',
    room_id: '!r:s',
    sender: '@a:b',
    type: 'm.room.message',
    content: 'text',
    origin_server_ts: 1,
  },
  {
    event_id: '$z',
    room_id: '!r:s',
    sender: '@a:b',
    type: 'm.room.message',
    content: nested(200),
    origin_server_ts: 1,
  },
];
const contents: readonly Record<string, unknown>[] = [
  {},
  { msgtype: 'm.text' },
  { msgtype: 'm.text', body: 12 },
  { msgtype: 'm.text', body: '' },
  { msgtype: 7, body: ['a'] },
  { msgtype: 'm.image', body: 'x', url: 'file:///etc/passwd', info: { w: 'wide' } },
  { msgtype: 'm.location', body: 'x', geo_uri: 'geo:somewhere' },
  { msgtype: 'm.text', body: '', 'm.relates_to': { rel_type: 'm.replace', event_id: 9 } },
  { msgtype: 'm.text', body: '', 'm.relates_to': 'everything' },
  { msgtype: 'm.text', body: '\u0000', formatted_body: '\ud800', format: 'org.matrix.custom.html' },
];

/** R6 in all of Switchboard: whatever a homeserver pushes is acknowledged, and what is no message stops none. */
export const malformed: Row = {
  id: 'R6-malformed',
  promise:
    '1% of what the homeserver pushes is no event, or no message: 200 for all, and the others wait less than 1 s',
  stores: bothStores,
  run: async (setting) => {
    const { seed, full } = setting;
    const beside = createBeside(full);
    const quiet = Array.from({ length: full ? 15 : 1 }, () => nothing);
    return withSwitchboard(setting, { conversations: full ? 40 : 20 }, async (world) => {
      let given = 0;
      const result = await runReplicaChaos(world, {
        ...{ seed, strikes: [...quiet, beside.begin, ...quiet, untilGiven(() => given)], paceMs: 500 },
        async between(place, random) {
          if (!beside.isOn() || !isPoisoned(place) || random() >= share * 3) return;
          giveBad(world, place, given);
          given += 1;
        },
      });
      const { wrong, figures } = beside.judge(result.delays);
      // What stands before replicas may find one slow.
      const refusals = [...world.homeserver.push.statuses].filter(
        (status) => status !== 200 && status !== 502 && status !== 504,
      );
      return reportOf(
        { ...result, toCustomers: { ...result.toCustomers, unexpected: [] } },
        [
          ...unless(given >= leastGiven, 'there was no poison'),
          ...unless(refusals.length === 0, `transactions were refused with ${refusals.join(', ')}`),
          ...wrong,
        ],
        { poison: given, refusals: refusals.length, ...figures },
      );
    });
  },
};

function giveBad(world: SwitchboardWorld, place: Place, nth: number): void {
  const all = [...noEvents, ...contents];
  const bad = all[nth % all.length] ?? {};
  if (noEvents.includes(bad)) world.homeserver.push.push(bad);
  else world.agentOf(place).send(world.roomOf(place), bad as Record<string, unknown>);
}

function nested(depth: number): object {
  let inner: object = {};
  for (let level = 0; level < depth; level += 1) inner = { inner };
  return inner;
}
