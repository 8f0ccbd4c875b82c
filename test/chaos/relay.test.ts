import { describe, expect, test } from 'vitest';
import type { CrashPoint } from '../../src/platform/crash-point.ts';
import { runChaos, type ChaosPlan, type ChaosResult } from './chaos-run.ts';
import { allRight } from './checker.ts';
import { createRelayWorld, type RelayWorldOptions } from './relay-world.ts';
import { chosenSeed, seededRandom } from './seeded-random.ts';

const seed = chosenSeed();
const faults = { busy: 0.01, broken: 0.005, cut: 0.005 };

async function run(world: Partial<RelayWorldOptions>, plan: Partial<ChaosPlan>): Promise<ChaosResult> {
  const surroundings = await createRelayWorld({ seed, conversations: 50, faults, policy: 'safe', ...world });
  try {
    const result = await runChaos(surroundings, { seed, messages: 2000, randomKills: 0, ...plan });
    const { kills, unclear, seconds } = result;
    console.log(`seed ${seed}: ${seconds.toFixed(1)} s, ${kills} kills, ${unclear} shown as unclear`);
    return result;
  } finally {
    await surroundings.close();
  }
}

function expectRight(result: ChaosResult): void {
  const { toAgents, toCustomers } = result;
  expect({ toAgents, toCustomers }, `seed ${seed}\n${result.lastWords}`).toEqual({
    toAgents: allRight,
    toCustomers: allRight,
  });
}

test('2,000 messages each way and 20 kills at random moments: none lost, doubled or reordered', async () => {
  const result = await run({}, { randomKills: 20 });
  expectRight(result);
  expect(result.kills).toBe(20);
});

test('the same with a network that cannot recognise a repetition: what may have gone out is shown, and not doubled', async () => {
  const result = await run({ policy: 'ask' }, { randomKills: 20 });
  expectRight(result);
  // Per crash at most one message of each conversation can have been under way; besides, the cut answers.
  expect(result.unclear).toBeLessThan(20 * 50);
});

describe('a crash at each named point', () => {
  const points: CrashPoint[] = [
    'store-before-append',
    'store-half-appended',
    'store-after-append-before-apply',
    'store-during-checkpoint',
    'inbox-before-commit',
    'inbox-after-commit-before-ack',
    'inbox-after-decision-before-commit',
    'inbox-after-decision-commit',
    'outbox-before-call',
    'outbox-after-call-before-commit',
    'outbox-after-commit',
  ];
  // Towards a network that takes a message twice, only the points around the call make a difference.
  const policiesAt = (point: CrashPoint): ('safe' | 'ask')[] =>
    point.startsWith('outbox') ? ['safe', 'ask'] : ['safe'];
  test.each(points.flatMap((point) => policiesAt(point).map((policy) => [point, policy] as const)))(
    '%s, %s',
    async (point, policy) => {
      const random = seededRandom(seed);
      const pass = (): number => 1 + Math.floor(random() * (point === 'store-during-checkpoint' ? 2 : 40));
      const crashAt = [1, pass(), pass()].map((nth) => `${point}#${nth}`);
      const result = await run({ conversations: 20, policy }, { messages: 400, crashAt });
      expectRight(result);
      expect(result.kills).toBe(3);
    },
  );
});
