import { afterEach, describe, expect, it } from 'vitest';
import type { QueueThresholds } from '../../../src/directory/tenant.ts';
import { stands } from '../passing-time.ts';
import { openWorld, type World } from '../world.ts';
import { toldEvents } from './told-events.ts';

let world: World;
afterEach(async () => world.close());

const open = async (thresholds: QueueThresholds, recordsEvents = true): Promise<void> => {
  world = await openWorld({
    recordsEvents,
    agents: ['anna'],
    policy: { manual: true },
    queue: { thresholds },
  });
};
const crossed = async () => (await toldEvents(world, ['queue.threshold'])).map(({ data }) => data);
const words = async () =>
  (await crossed()).map(({ measure, crossed: way }) => `${String(measure)} ${String(way)}`);
/** The same, once timers that are due have fired: they do so by themselves. */
const wordsNow = async () => {
  world.clock.advance(0);
  await world.delivery.idle();
  return words();
};
/** Somebody comes, or an agent takes the first who waits; the queue is looked at once a second at most. */
const comes = async (name: string): Promise<void> => {
  await world.customer(name).says('Hello');
  await second();
};
const isTaken = async (name: string): Promise<void> => {
  const anna = world.anna(world.customer(name).conversation);
  await anna.says('!take');
  await anna.says('!close');
  await second();
};
const second = async (): Promise<void> => {
  world.clock.advance(1000);
  await stands(world);
};

describe('a queue with a threshold of size', () => {
  it('is told of once when it fills, and once when it has emptied far enough', async () => {
    await open({ size: { at: 3, backAt: 1 } });
    await comes('a');
    await comes('b');
    expect(await words()).toEqual([]);
    await comes('c');
    await expect.poll(wordsNow).toEqual(['size up']);
    await comes('d');
    // Up and down around the threshold: it does not flap.
    for (const name of ['e', 'f']) {
      await isTaken(name === 'e' ? 'a' : 'b');
      await comes(name);
    }
    for (const name of ['c', 'd']) await isTaken(name);
    expect(await words()).toEqual(['size up']);
    await isTaken('e');
    await expect.poll(wordsNow).toEqual(['size up', 'size down']);
    const [up, down] = await crossed();
    expect(up).toMatchObject({ queue: 'support', threshold: 3, currentSize: 3 });
    expect(down).toMatchObject({ queue: 'support', threshold: 1, currentSize: 1 });
    for (const name of ['g', 'h']) await comes(name);
    await expect.poll(wordsNow).toEqual(['size up', 'size down', 'size up']);
  });

  it('is told of once also where many come at once', async () => {
    await open({ size: { at: 3, backAt: 1 } });
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(async (name) => world.customer(name).says('Hello')));
    await second();
    await expect.poll(wordsNow).toEqual(['size up']);
  });
});

describe('a queue with a threshold of waiting', () => {
  it('is told of when somebody has waited so long, at that moment, and when nobody has any more', async () => {
    await open({ longestWaitMs: { at: 60_000, backAt: 20_000 } });
    // Places are looked at every fifteen seconds: not when this is to be told.
    world.clock.advance(5000);
    const began = world.clock.now();
    await comes('a');
    world.clock.advance(57_000);
    await world.delivery.idle();
    await comes('b');
    world.clock.advance(began + 59_999 - world.clock.now());
    await world.delivery.idle();
    expect(await words()).toEqual([]);
    world.clock.advance(1);
    await expect.poll(wordsNow).toEqual(['longestWait up']);
    const [up] = await toldEvents(world, ['queue.threshold']);
    expect(up?.data).toMatchObject({ thresholdMs: 60_000, currentSize: 2 });
    expect((up?.at ?? 0) - began).toBe(60_000);
    await isTaken('a');
    await expect.poll(wordsNow).toEqual(['longestWait up', 'longestWait down']);
    expect((await crossed())[1]).toMatchObject({ thresholdMs: 20_000, currentSize: 1 });
  });
});

describe('thresholds', () => {
  it('that are set while many wait already count from the next look at places on', async () => {
    await open({});
    for (const name of ['a', 'b']) await comes(name);
    world.reconfigure({
      recordsEvents: true,
      agents: ['anna'],
      policy: { manual: true },
      queue: { thresholds: { size: { at: 2, backAt: 1 } } },
    });
    for (let passed = 0; passed < 17; passed += 1) await second();
    await expect.poll(wordsNow).toEqual(['size up']);
  });

  it('cost nothing while nobody listens', async () => {
    await open({ size: { at: 1, backAt: 0 } }, false);
    await comes('a');
    expect(await toldEvents(world)).toEqual([]);
  });
});
