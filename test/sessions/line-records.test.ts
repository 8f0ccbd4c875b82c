import { expect, test } from 'vitest';
import { RecordMoved } from '../../src/channels/channel.ts';
import { as } from '../../src/platform/ids.ts';
import { createLineRecords } from '../../src/sessions/line-records.ts';
import { createFaultyStore } from '../delivery/faulty-store.ts';

test('a write that insists on a version is refused whole when another replica wrote first', async () => {
  const store = createFaultyStore();
  const [one, two] = [1, 2].map(() => createLineRecords(store, as('acme'), as('line')));
  await one!.set({ guard: 1 });
  const { version } = (await one!.read('guard'))!;
  expect(await two!.read('nothing')).toBeUndefined();
  const onlyIf = { key: 'guard', version };
  await one!.set({ beside: 'allowed' }, { onlyIf });
  await two!.set({ guard: 2 }, { onlyIf });
  await expect(one!.set({ guard: 3, beside: 'late' }, { onlyIf })).rejects.toBeInstanceOf(RecordMoved);
  await expect(one!.set({ beside: 'late' }, { onlyIf })).rejects.toBeInstanceOf(RecordMoved);
  expect([await one!.get('guard'), await one!.get('beside')]).toEqual([2, 'allowed']);
});
