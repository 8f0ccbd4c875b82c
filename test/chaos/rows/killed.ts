import { runChaos, type ChaosResult } from '../chaos-run.ts';
import type { SwitchboardWorld } from '../switchboard-world.ts';
import { bothStores, unless, wrongIn, type Row, type RowReport } from './row.ts';
import { withRelay, withSwitchboard } from './worlds.ts';

const faults = { busy: 0.005, broken: 0.005, cut: 0.005 };

/** R1: nothing accepted is lost, whenever a process is killed. */
export const killed: Row = {
  id: 'R1',
  promise: 'an accepted message is never lost, over kills at random moments',
  stores: bothStores,
  run: async (setting) => {
    const { seed, full } = setting;
    const randomKills = full ? 50 : 15;
    return withSwitchboard(setting, { conversations: full ? 100 : 30, faults }, async (world) => {
      const result = await runChaos(world, { seed, messages: full ? 5000 : 500, randomKills });
      return reportOf(result, [
        ...unless(result.kills === randomKills, `${result.kills} kills instead of ${randomKills}`),
        ...oneRoomEach(world),
      ]);
    });
  },
};

/** R2: it is in the room once, also when the homeserver forgets what it had and restarts. */
export function forgetful(hasDevices: boolean): Row {
  return {
    id: hasDevices ? 'R2' : 'R2-no-devices',
    promise: `a message is in the room once, with a homeserver that restarts and forgets transaction ids, ${hasDevices ? 'with' : 'without'} devices`,
    stores: bothStores,
    run: async (setting) => {
      const { seed, full } = setting;
      const options = {
        ...{ conversations: full ? 100 : 20, hasDevices, forgetTxnEveryMs: 200 },
        faults: { busy: 0.005, broken: 0.02, cut: 0.05 },
      };
      return withSwitchboard(setting, options, async (world) => {
        const restart = async (): Promise<void> => world.homeserver.restart();
        const result = await runChaos(world, {
          ...{ seed, messages: full ? (hasDevices ? 5000 : 1000) : 120 },
          randomKills: full ? 10 : hasDevices ? 2 : 1,
          alsoHappens: Array.from({ length: full ? 5 : hasDevices ? 2 : 1 }, () => restart),
        });
        return reportOf(result, oneRoomEach(world));
      });
    },
  };
}

/** R3: the order of each conversation, through failures that make the outbox try again. */
export const failing: Row = {
  id: 'R3',
  promise: 'order within a conversation, when every 20th send fails one to three times',
  stores: bothStores,
  run: async (setting) => {
    const { seed, full } = setting;
    const options = { conversations: full ? 100 : 20, faults: { busy: 0, broken: 0, cut: 0, failEvery: 20 } };
    return withSwitchboard(setting, options, async (world) => {
      const messages = full ? 5000 : 300;
      const result = await runChaos(world, { seed, messages, randomKills: full ? 10 : 1 });
      const refused = world.homeserver.faults.met;
      // Each message is a send of its own towards the room, and every twentieth is refused at least once.
      const least = messages / 20;
      return reportOf(result, unless(refused >= least, `only ${refused} sends were refused`), { refused });
    });
  },
};

/**
 * R4: towards a network that takes a repetition for a new message, each message arrives or is shown as unclear. The engine alone: what
 * makes a message unclear is decided there.
 */
export const unclear: Row = {
  id: 'R4',
  promise:
    'agent to customer: delivered, or shown in the room as unclear; at most one a conversation and crash',
  stores: bothStores,
  run: async (setting) => {
    const { seed, full } = setting;
    const conversations = full ? 100 : 30;
    const cut = 0.002;
    const options = { conversations, policy: 'ask', faults: { busy: 0.01, broken: 0.005, cut } } as const;
    return withRelay(setting, options, async (world) => {
      const messages = full ? 5000 : 1200;
      const result = await runChaos(world, { seed, messages, randomKills: full ? 50 : 6 });
      const delivered = new Set(world.seenByCustomers().map(({ text }) => text));
      const shown = new Set(world.shownUnclear());
      const sent = world.places.length * Math.ceil(messages / world.places.length);
      const toldOrThere = new Set([...delivered, ...shown]).size;
      // Broken answers and cut ones are unclear too, besides crashes.
      const most = result.kills * conversations + Math.ceil(sent * (cut + 0.005) * 3);
      return reportOf(
        result,
        [
          ...unless(toldOrThere === sent, `${sent} sent, ${toldOrThere} delivered or shown as unclear`),
          ...unless(shown.size <= most, `${shown.size} shown as unclear, more than ${most}`),
          ...unless(world.shownUnclear().length === shown.size, 'one was shown as unclear twice'),
        ],
        { sent, delivered: delivered.size, shownUnclear: shown.size },
      );
    });
  },
};

/** Each conversation has one room and one ghost in it, however often the making of it was interrupted. */
function oneRoomEach(world: SwitchboardWorld): string[] {
  const rooms = world.rooms();
  const ghostsIn = (room: string): number =>
    world.homeserver
      .events(room)
      .filter(
        ({ type, content, sender }) =>
          type === 'm.room.member' &&
          content['membership'] === 'join' &&
          /^@_switchboard_(?!bot:)/.test(sender),
      ).length;
  return [
    ...unless(
      rooms.length === world.places.length,
      `${rooms.length} rooms for ${world.places.length} conversations`,
    ),
    ...rooms.flatMap((room) => unless(ghostsIn(room) === 1, `${ghostsIn(room)} joins of ghosts in ${room}`)),
  ];
}

function reportOf(
  result: ChaosResult,
  more: readonly string[],
  figures: RowReport['figures'] = {},
): RowReport {
  const { kills, retransmits, seconds, lastWords } = result;
  return {
    wrong: [...wrongIn(result), ...more],
    figures: { ...figures, kills, retransmits, seconds: Math.round(seconds) },
    lastWords,
  };
}
