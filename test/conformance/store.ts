import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId } from '../../src/platform/ids.ts';
import {
  check,
  Conflict,
  defineCollection,
  put,
  remove,
  StoreUnavailable,
  systemTenant,
  type Store,
} from '../../src/store/store.ts';
import { storeCrashConformance } from './store-crash.ts';
import type { StoreEngine, StoreUnderTest } from './store-engine.ts';
import { storeQueryConformance } from './store-queries.ts';

interface Account {
  readonly owner: string;
  readonly balance: number;
}
const accounts = defineCollection<Account>('accounts', { byOwner: ['owner'] });
const notes = defineCollection<{ text: string }>('notes');
const acme = 'acme' as TenantId;
const bolt = 'bolt' as TenantId;

/** What every engine behind the store contract must do. */
export function storeConformance(name: string, engine: StoreEngine): void {
  describe(`${name}: store contract`, () => {
    let rig: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      rig = await engine.open();
      store = rig.store;
    });
    afterEach(() => rig.dispose());

    describe('writes', () => {
      it('counts versions from 1 and begins again after a delete', async () => {
        expect(await store.get(acme, notes, 'n')).toBeUndefined();
        await store.commit(acme, [put(notes, 'n', { text: 'one' }, 'absent')]);
        expect(await store.get(acme, notes, 'n')).toEqual({ id: 'n', version: 1, value: { text: 'one' } });
        await store.commit(acme, [put(notes, 'n', { text: 'two' }, 1)]);
        expect(await store.get(acme, notes, 'n')).toEqual({ id: 'n', version: 2, value: { text: 'two' } });
        await store.commit(acme, [remove(notes, 'n', 2)]);
        expect(await store.get(acme, notes, 'n')).toBeUndefined();
        await store.commit(acme, [put(notes, 'n', { text: 'three' }, 'any')]);
        expect((await store.get(acme, notes, 'n'))?.version).toBe(1);
      });

      it.each([
        ['a version that moved on', put(notes, 'there', { text: 'x' }, 1), 2],
        ['a version to come', put(notes, 'there', { text: 'x' }, 3), 2],
        ['something where nothing should be', put(notes, 'there', { text: 'x' }, 'absent'), 2],
        ['nothing where a version should be', put(notes, 'gone', { text: 'x' }, 1), 'absent'],
        ['a delete of another version', remove(notes, 'there', 1), 2],
        ['a delete of nothing at a version', remove(notes, 'gone', 1), 'absent'],
        ['a delete that expects nothing', remove(notes, 'there', 'absent'), 2],
        ['a check of another version', check(notes, 'there', 1), 2],
        ['a check of a version of nothing', check(notes, 'gone', 1), 'absent'],
        ['a check that nothing is there', check(notes, 'there', 'absent'), 2],
      ] as const)('refuses %s, and the whole batch with it', async (_, write, found) => {
        await store.commit(acme, [put(notes, 'there', { text: 'a' }, 'any')]);
        await store.commit(acme, [put(notes, 'there', { text: 'b' }, 'any')]);
        const batch = [
          put(notes, 'first', { text: 'f' }, 'any'),
          write,
          put(accounts, 'last', { owner: 'o', balance: 1 }, 'any'),
        ];
        const refused = store.commit(acme, batch);
        await expect(refused).rejects.toBeInstanceOf(Conflict);
        await expect(refused).rejects.toMatchObject({
          collection: 'notes',
          id: write.id,
          expected: write.expect,
          found,
        });
        expect(await store.get(acme, notes, 'first')).toBeUndefined();
        expect(await store.get(acme, accounts, 'last')).toBeUndefined();
        expect((await store.get(acme, notes, 'there'))?.value).toEqual({ text: 'b' });
      });

      it('takes a delete of nothing, an expectation of nothing, and an empty batch', async () => {
        await store.commit(acme, [remove(notes, 'gone', 'any'), remove(notes, 'gone too', 'absent')]);
        await store.commit(acme, []);
        expect(await store.tenants()).toEqual([]);
      });

      it('lets a batch hang on a record that it does not write, and leaves that as it is', async () => {
        await store.commit(acme, [put(notes, 'guard', { text: 'g' }, 'any')]);
        const guarded = (text: string) => [check(notes, 'guard', 1), put(notes, 'n', { text }, 'any')];
        await store.commit(acme, [...guarded('one'), check(notes, 'nobody', 'absent')]);
        await store.commit(acme, [check(notes, 'guard', 1)]);
        expect((await store.get(acme, notes, 'guard'))?.version).toBe(1);
        expect(await store.get(acme, notes, 'nobody')).toBeUndefined();
        const taken = store.commit(acme, [put(notes, 'guard', { text: 'taken' }, 1)]);
        const late = store.commit(acme, guarded('late'));
        await taken;
        await expect(late).rejects.toMatchObject({ collection: 'notes', id: 'guard', expected: 1, found: 2 });
        await expect(store.commit(acme, guarded('later'))).rejects.toBeInstanceOf(Conflict);
        expect((await store.get(acme, notes, 'n'))?.value.text).toBe('one');
      });

      it('refuses two writes of one record in a batch, and what is no JSON object', async () => {
        const twice = [put(notes, 'n', { text: 'a' }, 'any'), remove(notes, 'n', 'any')];
        await expect(store.commit(acme, twice)).rejects.toThrow(/notes\/n.*twice/);
        const both = [check(notes, 'n', 'absent'), put(notes, 'n', { text: 'a' }, 'any')];
        await expect(store.commit(acme, both)).rejects.toThrow(/notes\/n.*twice/);
        await expect(store.commit(acme, [put(notes, 'n', [] as never, 'any')])).rejects.toThrow(/notes\/n/);
        await expect(store.commit(acme, [put(notes, '', { text: 'a' }, 'any')])).rejects.toThrow(/id/);
        await expect(store.commit('' as TenantId, [])).rejects.toThrow(/tenant/);
        expect(await store.get(acme, notes, 'n')).toBeUndefined();
      });

      it('keeps a copy of its own', async () => {
        const value = { text: 'kept' };
        const committing = store.commit(acme, [put(notes, 'n', value, 'any')]);
        value.text = 'changed while committing';
        await committing;
        const first = await store.get(acme, notes, 'n');
        try {
          (first?.value as { text: string }).text = 'changed by a reader';
        } catch {
          // A frozen value is as good as a copy.
        }
        expect((await store.get(acme, notes, 'n'))?.value).toEqual({ text: 'kept' });
      });

      it('keeps any id and any JSON, over a new start as well', async () => {
        const anyValue = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
        // NUL is not promised in ids.
        const anyId = fc
          .string({ unit: 'binary', minLength: 1, maxLength: 60 })
          .map((id) => id.replaceAll('\0', '0'));
        const odd = defineCollection<Record<string, unknown>>('odd');
        const written = new Map<string, Record<string, unknown>>();
        await fc.assert(
          fc.asyncProperty(anyId, anyValue, async (id, value) => {
            await store.commit(acme, [put(odd, id, value, 'any')]);
            written.set(id, JSON.parse(JSON.stringify(value)) as Record<string, unknown>);
          }),
          { numRuns: 60 },
        );
        const reopened = await rig.reopen();
        for (const [id, value] of written) {
          expect((await reopened.get(acme, odd, id))?.value).toEqual(value);
        }
      });

      it('has everything after a new start, versions included', async () => {
        await store.commit(acme, [put(accounts, 'a', { owner: 'x', balance: 1 }, 'absent')]);
        await store.commit(acme, [put(accounts, 'a', { owner: 'x', balance: 2 }, 1)]);
        await store.commit(bolt, [put(notes, 'n', { text: 'b' }, 'any')]);
        await store.commit(acme, [put(notes, 'n', { text: 'c' }, 'any')]);
        await store.commit(acme, [remove(notes, 'n', 1)]);
        store = await rig.reopen();
        expect(await store.get(acme, accounts, 'a')).toMatchObject({ version: 2, value: { balance: 2 } });
        expect(await store.get(acme, notes, 'n')).toBeUndefined();
        expect((await store.get(bolt, notes, 'n'))?.version).toBe(1);
        expect(await store.find(acme, accounts, { index: 'byOwner', equals: ['x'] })).toHaveLength(1);
      });

      it('is unavailable once closed', async () => {
        const pending = store.commit(acme, [put(notes, 'n', { text: 'under way' }, 'any')]);
        await store.close();
        await expect(pending).resolves.toBeUndefined();
        await expect(store.commit(acme, [put(notes, 'm', { text: 'late' }, 'any')])).rejects.toBeInstanceOf(
          StoreUnavailable,
        );
        await expect(store.get(acme, notes, 'n')).rejects.toBeInstanceOf(StoreUnavailable);
        await store.close();
      });
    });

    describe('tenants', () => {
      it('never reach each other', async () => {
        const owner = 'same';
        await store.commit(acme, [put(accounts, 'a', { owner, balance: 1 }, 'absent')]);
        await store.commit(bolt, [put(accounts, 'a', { owner, balance: 2 }, 'absent')]);
        await store.commit(systemTenant, [put(accounts, 'a', { owner, balance: 3 }, 'absent')]);
        for (const [tenant, balance] of [
          [acme, 1],
          [bolt, 2],
          [systemTenant, 3],
        ] as const) {
          expect((await store.get(tenant, accounts, 'a'))?.value.balance).toBe(balance);
          const found = await store.find(tenant, accounts, { index: 'byOwner', equals: [] });
          expect(found.map(({ value }) => value.balance)).toEqual([balance]);
        }
        expect((await store.tenants()).sort()).toEqual([systemTenant, acme, bolt].sort());
        await store.commit(bolt, [remove(accounts, 'a', 1)]);
        expect((await store.tenants()).sort()).toEqual([systemTenant, acme].sort());
        expect(await store.get('acm' as TenantId, accounts, 'a')).toBeUndefined();
      });
    });

    describe('commits side by side', () => {
      it('let exactly one of many create a record', async () => {
        const tries = Array.from({ length: 50 }, (_, at) =>
          store.commit(acme, [
            put(notes, 'n', { text: String(at) }, 'absent'),
            put(accounts, `mine-${at}`, { owner: 'o', balance: at }, 'absent'),
          ]),
        );
        const outcomes = await Promise.allSettled(tries);
        const won = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [at] : []));
        expect(won).toHaveLength(1);
        expect((await store.get(acme, notes, 'n'))?.value.text).toBe(String(won[0]));
        const mine = await store.find(acme, accounts, { index: 'byOwner', equals: ['o'] });
        expect(mine.map(({ id }) => id)).toEqual([`mine-${won[0]}`]);
      });

      it('lose no update', async () => {
        await store.commit(acme, [put(accounts, 'a', { owner: 'o', balance: 0 }, 'absent')]);
        const add = async (): Promise<void> => {
          for (;;) {
            const now = (await store.get(acme, accounts, 'a'))!;
            const next = { ...now.value, balance: now.value.balance + 1 };
            try {
              await store.commit(acme, [put(accounts, 'a', next, now.version)]);
              return;
            } catch (error) {
              if (!(error instanceof Conflict)) throw error;
            }
          }
        };
        await Promise.all(Array.from({ length: 24 }, add));
        expect(await store.get(acme, accounts, 'a')).toMatchObject({ version: 25, value: { balance: 24 } });
      });

      it('are seen whole or not at all', async () => {
        const both = (balance: number) =>
          ['a', 'b'].map((id) => put(accounts, id, { owner: 'o', balance }, 'any'));
        await store.commit(acme, both(0));
        let done = false;
        const seen = new Set<number>();
        const writing = (async () => {
          // Whoever reads may be held up for all of a hundred.
          for (let at = 1; at <= 100 || seen.size < 2; at += 1) await store.commit(acme, both(at));
          done = true;
        })();
        while (!done) {
          const found = await store.find(acme, accounts, { index: 'byOwner', equals: ['o'] });
          expect(found).toHaveLength(2);
          expect(found[0]?.value.balance).toBe(found[1]?.value.balance);
          seen.add(found[0]!.value.balance);
          await new Promise(setImmediate);
        }
        await writing;
        expect(seen.size).toBeGreaterThan(1);
      });
    });

    storeQueryConformance(engine);
  });
  storeCrashConformance(name, engine.crash);
}
