import { expect, test } from 'vitest';
import { timerRecords } from '../../src/delivery/collections.ts';
import type { TimerChange } from '../../src/delivery/delivery.ts';
import { as } from '../../src/platform/ids.ts';
import { acme, createRig, entry, turn, until, type Event, type Rig } from './rig.ts';

const hour = 3_600_000;

function set(name: string, dueAt: number, text = name): TimerChange<Event> {
  return { set: name, key: as('c1'), dueAt, event: { text } };
}

async function decide(rig: Rig, id: string, timers: readonly TimerChange<Event>[]): Promise<void> {
  await rig.delivery.accept(acme, [entry(id, 'c1', { text: id, timers })]);
  await until(() => rig.delivery.depths().inbox.keys + rig.delivery.depths().outbox.keys === 0);
}

/** Everything that could follow from the time as it is now has followed. */
async function settled(rig: Rig): Promise<void> {
  for (let quiet = 0; quiet < 5;) {
    await turn();
    const busy = rig.store.underWay > 0 || rig.delivery.depths().inbox.keys > 0;
    quiet = busy ? 0 : quiet + 1;
  }
}

test('a timer comes back as an entry of its key, when it is due, once', async () => {
  const rig = createRig();
  await rig.delivery.start();
  await decide(rig, 'a', [set('late', rig.clock.now() + hour), set('soon', rig.clock.now() + 1000)]);
  rig.clock.advance(999);
  await settled(rig);
  expect(rig.decided).toEqual(['a']);
  rig.clock.advance(1);
  await until(() => rig.decided.length === 2);
  rig.clock.advance(hour);
  await until(() => rig.decided.length === 3);
  rig.clock.advance(24 * hour);
  await settled(rig);
  expect(rig.decided).toEqual(['a', 'soon', 'late']);
  expect(await rig.store.find(acme, timerRecords, { index: 'byDue', equals: [] })).toEqual([]);
});

test('set again it moves, cancelled it never comes', async () => {
  const rig = createRig();
  await rig.delivery.start();
  const now = rig.clock.now();
  await decide(rig, 'a', [set('moved', now + 1000), set('gone', now + 1000)]);
  await decide(rig, 'b', [set('moved', now + 5000), { cancel: 'gone', key: as('c1') }]);
  rig.clock.advance(4999);
  await settled(rig);
  expect(rig.decided).toEqual(['a', 'b']);
  rig.clock.advance(1);
  await until(() => rig.decided.includes('moved'));
});

test('one that is due already comes at once, each time that it is set', async () => {
  const rig = createRig();
  await rig.delivery.start();
  for (const id of ['a', 'b', 'c']) {
    await rig.delivery.accept(acme, [entry(id, 'c1', { text: id, timers: [set('now', 5)] })]);
    const count = rig.decided.length;
    await until(() => {
      rig.clock.advance(0);
      return rig.decided.length >= count + 1 && rig.delivery.depths().inbox.keys === 0;
    });
  }
  await until(() => {
    rig.clock.advance(0);
    return rig.decided.filter((text) => text === 'now').length === 3;
  });
});

test('timers outlive a restart, those that became due meanwhile come at once', async () => {
  const first = createRig();
  await first.delivery.start();
  await decide(first, 'a', [set('soon', first.clock.now() + 1000), set('late', first.clock.now() + hour)]);
  await first.delivery.stop(1000);
  first.clock.advance(2000);
  await turn();
  const second = createRig({}, first);
  await second.delivery.start();
  second.clock.advance(0);
  await until(() => second.decided.includes('soon'));
  second.clock.advance(hour);
  await until(() => second.decided.includes('late'));
  expect(second.decided).toEqual(['soon', 'late']);
});

test('a clock that is set back never fires early, one set forward fires within the half minute', async () => {
  const rig = createRig();
  await rig.delivery.start();
  await decide(rig, 'a', [set('timer', rig.clock.now() + 60_000)]);
  rig.clock.jump(-2 * hour);
  for (let n = 0; n < 10; n += 1) {
    rig.clock.advance(60_000);
    await settled(rig);
  }
  expect(rig.decided).toEqual(['a']);
  rig.clock.jump(4 * hour);
  rig.clock.advance(30_000);
  await until(() => rig.decided.includes('timer'));
});

test('many timers due at once all come, also while the store is away for a while', async () => {
  const rig = createRig();
  await rig.delivery.start();
  const names = Array.from({ length: 450 }, (_, n) => `t${n}`);
  await decide(
    rig,
    'a',
    names.map((name) => set(name, rig.clock.now() + 1000)),
  );
  rig.store.outage = 'before';
  rig.clock.advance(1000);
  await settled(rig);
  rig.store.outage = 'none';
  await until(() => {
    rig.clock.advance(100);
    return rig.decided.length === 451;
  });
  expect(new Set(rig.decided).size).toBe(451);
});

test('a timer that is moved while it fires is not taken away', async () => {
  const rig = createRig();
  await rig.delivery.start();
  const now = rig.clock.now();
  await decide(rig, 'a', [set('timer', now + 1000, 'first')]);
  // The decision that moves it and the firing run at the same time, in whatever order their commits come.
  const moving = rig.delivery.accept(acme, [
    entry('b', 'c1', { text: 'b', timers: [set('timer', now + 5000, 'second')] }),
  ]);
  rig.clock.advance(1000);
  await moving;
  await settled(rig);
  rig.clock.advance(5000);
  await until(() => rig.decided.includes('second'));
  expect(rig.decided.filter((text) => text === 'second')).toHaveLength(1);
});
