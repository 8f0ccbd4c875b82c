import { describe, expect, test } from 'vitest';
import type { CrashPoint } from '../../src/platform/crash-point.ts';
import { runChaos, type ChaosPlan, type ChaosResult } from './chaos-run.ts';
import { allRight } from './checker.ts';
import { noFaults } from './relay-peers.ts';
import { chosenSeed, seededRandom } from './seeded-random.ts';
import {
  createSwitchboardWorld,
  type SwitchboardWorld,
  type SwitchboardWorldOptions,
} from './switchboard-world.ts';

const seed = chosenSeed();

async function run(
  options: Partial<SwitchboardWorldOptions>,
  plan: Partial<ChaosPlan>,
  judge: (world: SwitchboardWorld, result: ChaosResult) => void,
): Promise<void> {
  const world = await createSwitchboardWorld({ seed, conversations: 10, faults: noFaults, ...options });
  try {
    const result = await runChaos(world, { seed, messages: 100, randomKills: 0, ...plan });
    console.log(`seed ${seed}: ${result.seconds.toFixed(1)} s, ${result.kills} kills`);
    const { toAgents, toCustomers } = result;
    expect({ toAgents, toCustomers }, `seed ${seed}\n${result.lastWords}`).toEqual({
      toAgents: allRight,
      toCustomers: allRight,
    });
    judge(world, result);
  } finally {
    await world.close();
  }
}

/** One room, one ghost and one set of names a conversation, however often it was interrupted. */
function expectOneRoomEach(world: SwitchboardWorld): void {
  expect(world.rooms()).toHaveLength(world.places.length);
  for (const room of world.rooms()) {
    const joins = world.homeserver
      .events(room)
      .filter(
        ({ type, content, sender }) =>
          type === 'm.room.member' &&
          content['membership'] === 'join' &&
          sender.includes('_switchboard_') &&
          !sender.includes('bot'),
      );
    expect(joins).toHaveLength(1);
  }
}

test('2,000 messages, half in each direction, and 20 kills at random moments: none lost, doubled or reordered', async () => {
  const faults = { busy: 0.005, broken: 0.005, cut: 0.005 };
  await run({ conversations: 50, faults }, { messages: 1000, randomKills: 20 }, (world, result) => {
    expect(result.kills).toBe(20);
    expectOneRoomEach(world);
  });
}, 900_000);

describe('a homeserver that forgets its transaction ids five times a second, and loses every tenth answer', () => {
  const faults = { busy: 0.005, broken: 0.02, cut: 0.1 };
  const nemesis = { conversations: 20, faults, forgetTxnEveryMs: 200 };

  test.each([
    { name: 'has devices for us', hasDevices: true },
    { name: 'has none', hasDevices: false },
  ])(
    'and $name: nothing comes twice, over 6 kills',
    async ({ hasDevices }) => {
      await run({ ...nemesis, hasDevices }, { messages: 400, randomKills: 6 }, (world, result) => {
        expect(result.kills).toBe(6);
        expectOneRoomEach(world);
      });
    },
    900_000,
  );
});

// One start a point, one after the other: the next start dies at the next point. Checkpoints are too far apart here; relay.test.ts has them.
test('a crash at each named point', async () => {
  const random = seededRandom(seed);
  const points: CrashPoint[] = [
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
  const crashAt = [...points, ...points.slice(1)].map(
    (point, at) => `${point}#${at < 2 ? 1 : 1 + Math.floor(random() * 15)}`,
  );
  await run({ conversations: 20 }, { messages: 600, crashAt }, (world, result) => {
    expect(result.kills).toBe(crashAt.length);
    expectOneRoomEach(world);
  });
}, 900_000);
