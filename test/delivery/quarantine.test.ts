import { expect, test } from 'vitest';
import { as, type InboxEntryId } from '../../src/platform/ids.ts';
import { put } from '../../src/store/store.ts';
import { acme, counters, createRig, entry, nothing } from './rig.ts';

test('an entry whose decision throws is set aside with its reason, its key goes on, and it can be put back', async () => {
  let bug = true;
  let tries = 0;
  const quarantined: string[] = [];
  const rig = createRig({
    hooks: { quarantined: (_tenant, id) => quarantined.push(id) },
    decide: async (_tenant, { event }) => {
      if (event.text === 'poison' && bug) {
        tries += 1;
        throw new TypeError('cannot read the colour of undefined');
      }
      rig.decided.push(event.text);
      return nothing;
    },
  });
  await rig.delivery.start();
  await rig.delivery.accept(acme, [entry('1'), entry('poison'), entry('2'), entry('x', 'c2')]);
  const begun = rig.clock.now();
  await rig.drain();
  expect(rig.decided.filter((text) => text !== 'x')).toEqual(['1', '2']);
  expect(rig.clock.now() - begun).toBeLessThan(1000);
  expect(tries).toBe(3);
  expect(quarantined).toEqual(['poison']);
  const [found] = (await rig.delivery.quarantine.list(acme)).found;
  expect(found?.value).toMatchObject({
    id: 'poison',
    key: 'c1',
    event: { text: 'poison' },
    reason: 'TypeError: cannot read the colour of undefined',
  });

  // Put back while the fault is still there: it comes again, under its new id.
  expect(await rig.delivery.quarantine.putBack(acme, as('poison'))).toBe(true);
  expect(await rig.delivery.quarantine.putBack(acme, as('poison'))).toBe(false);
  await rig.drain();
  expect(quarantined).toEqual(['poison', 'poison~1']);

  bug = false;
  const both = [as<InboxEntryId>('poison~1'), as<InboxEntryId>('poison~1')];
  const done = await Promise.all(both.map(async (id) => rig.delivery.quarantine.putBack(acme, id)));
  expect(done.filter(Boolean)).toHaveLength(1);
  await rig.drain();
  expect(rig.decided.filter((text) => text === 'poison')).toHaveLength(1);
  expect(await rig.delivery.quarantine.list(acme)).toEqual({ found: [] });
});

test('the network repeating a quarantined entry does not bring it back; dropping forgets it', async () => {
  const rig = createRig({
    decide: async () => {
      throw new Error('bad');
    },
  });
  await rig.delivery.start();
  await rig.delivery.accept(acme, [entry('poison')]);
  await rig.drain();
  expect((await rig.delivery.accept(acme, [entry('poison')])).duplicates).toBe(1);
  expect((await rig.delivery.quarantine.list(acme)).found).toHaveLength(1);
  expect(await rig.delivery.quarantine.drop(acme, as('poison'))).toBe(true);
  expect(await rig.delivery.quarantine.drop(acme, as('poison'))).toBe(false);
  expect(await rig.delivery.quarantine.list(acme)).toEqual({ found: [] });
});

test('an entry whose decision expects what is never there is set aside in the end, and its key goes on', async () => {
  const rig = createRig({
    decide: async (_tenant, { event }) => {
      if (event.text === 'stuck')
        return { ...nothing, writes: [put(counters, 'there', { count: 2 }, 'absent')] };
      rig.decided.push(event.text);
      return nothing;
    },
  });
  await rig.delivery.start();
  await rig.store.commit(acme, [put(counters, 'there', { count: 1 }, 'absent')]);
  await rig.delivery.accept(acme, [entry('stuck'), entry('next')]);
  await rig.drain();
  expect(rig.decided).toEqual(['next']);
  const [found] = (await rig.delivery.quarantine.list(acme)).found;
  expect(found?.value.reason).toBe('Conflict: counters/there: expected version absent, found 1');
});
