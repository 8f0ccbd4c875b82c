import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Accept } from '../../../src/delivery/accept.ts';
import { as, type LineId, type TenantId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import type { ConversationEvent } from '../../../src/sessions/conversation-event.ts';
import { endOfLine, lineEnds } from '../../../src/sessions/kept-lines/line-end.ts';
import { LineEndings } from '../../../src/sessions/kept-lines/line-endings.ts';
import { openStates, sessions, type SessionRecord } from '../../../src/sessions/session.ts';
import { openNedbStore } from '../../../src/store/nedb/open-nedb-store.ts';
import { put, StoreUnavailable, type Store } from '../../../src/store/store.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';

const acme = as<TenantId>('acme');
const busy = as<LineId>('busy');
const minute = 60_000;

let clock: ReturnType<typeof manualClock>;
let directory: string;
let store: Store;
/** Sessions that were told, in their commits. */
let commits: string[][];
/** Commits that are still taken before the process is gone. */
let left: number;
beforeEach(async () => {
  clock = manualClock();
  directory = mkdtempSync(join(tmpdir(), 'switchboard-endings-'));
  store = await openNedbStore({ directory, fsync: false, clock, logger: silentLogger });
  commits = [];
  left = Infinity;
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

const accept: Accept<ConversationEvent> = async (_tenant, entries) => {
  if (left === 0) throw new StoreUnavailable('a test');
  left -= 1;
  commits.push(
    entries.map(({ event }) =>
      event.type === 'queue' && event.news.what === 'line-gone' ? event.news.session : 'something else',
    ),
  );
  return { accepted: entries.length, duplicates: 0 };
};
const start = () => new LineEndings({ store, accept, clock, logger: silentLogger });
const told = (): string[] => [...new Set(commits.flat())].sort();

/** In all states, opened a second apart. */
async function open(many: number, line: LineId, prefix: string): Promise<string[]> {
  const ids = Array.from({ length: many }, (_, index) => `${prefix}-${String(index)}`);
  const records = ids.map((id, index) => {
    const state = openStates[index % 2 === 0 ? 1 : 3];
    const legs = [{ role: 'customer', line }];
    return { id, conversation: id, state, openedAt: clock.now() - index, legs } as unknown as SessionRecord;
  });
  await store.commit(
    acme,
    records.map((record) => put(sessions, record.id, record, 'absent')),
  );
  return ids.sort();
}
async function close(ids: readonly string[]): Promise<void> {
  const records = await Promise.all(ids.map(async (id) => store.get(acme, sessions, id)));
  await store.commit(
    acme,
    records.map((stored) => put(sessions, stored!.id, { ...stored!.value, state: 'closed' }, 'any')),
  );
}
const removeLine = async () => store.commit(acme, [endOfLine(busy, clock.now())]);
const isFollowed = async () => (await store.get(acme, lineEnds, busy)) !== undefined;

it('tells every session of a busy line, in commits of bounded size, and none of another line', async () => {
  const ids = await open(1_100, busy, 'of-busy');
  await open(300, as('quiet'), 'of-quiet');
  await removeLine();
  await start().follow(acme);
  expect(told()).toEqual(ids);
  expect(commits.length).toBeGreaterThan(4);
  expect(Math.max(...commits.map((commit) => commit.length))).toBe(250);
});

it('goes on after a crash between two pages', async () => {
  const ids = await open(1_100, busy, 'of-busy');
  await removeLine();
  left = 2;
  await start().follow(acme);
  expect(told()).toHaveLength(500);
  left = Infinity;
  await start().follow(acme);
  expect(told()).toEqual(ids);
});

it('tells a session under one name, however often it is followed', async () => {
  const ids = new Set<string>();
  const counting = new LineEndings({
    ...{ store, clock, logger: silentLogger },
    accept: async (_, entries) => {
      for (const { id } of entries) ids.add(id);
      return { accepted: 0, duplicates: entries.length };
    },
  });
  await open(3, busy, 'of-busy');
  await removeLine();
  await counting.follow(acme);
  await counting.follow(acme);
  expect(ids.size).toBe(3);
});

it('leaves the sessions alone of a line that was added anew under the name', async () => {
  const former = await open(5, busy, 'former');
  await removeLine();
  clock.advance(1_000);
  await open(1, busy, 'new');
  await start().follow(acme);
  expect(told()).toEqual(former);
});

it('looks again until nothing is left for a minute, also for what was in another state meanwhile', async () => {
  const endings = start();
  await removeLine();
  await endings.follow(acme);
  expect([told(), await isFollowed()]).toEqual([[], true]);
  clock.advance(minute);
  const [late = ''] = await open(1, busy, 'late');
  const { value } = (await store.get(acme, sessions, late))!;
  await store.commit(acme, [put(sessions, late, { ...value, openedAt: clock.now() - minute }, 'any')]);
  await endings.follow(acme);
  expect([told(), await isFollowed()]).toEqual([[late], true]);
  await close([late]);
  await endings.follow(acme);
  expect(await isFollowed()).toBe(false);
});
