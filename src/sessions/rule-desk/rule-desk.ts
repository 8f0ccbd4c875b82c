import { randomBytes } from 'node:crypto';
import type { Directory } from '../../directory/directory.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import {
  onlyBook,
  ruleBooks,
  ruleSets,
  type RuleBook,
  type RuleSetRecord,
  type RuleVersion,
} from '../../routing/rules/rule-set-records.ts';
import { Conflict, put, type Store, type Stored, type Write } from '../../store/store.ts';
import type { RulesReader } from './rules-reader.ts';

/** A set of rules as operators see it. */
export interface RuleSetView {
  readonly version: string;
  /** `file`: declared in the config file, and changed there. */
  readonly source: 'file' | 'rest';
  readonly changedAt?: number;
  readonly rules: readonly object[];
}

/** What must be so for a change to be made: the version that counts, or that there is none. */
export interface RuleCondition {
  readonly ifMatch?: string;
  readonly ifAbsent?: boolean;
}

export class RulesNotChanged extends Error {
  override readonly name = 'RulesNotChanged';
  readonly outcome: 'declared in the config file' | 'no such version' | 'other than expected';
  constructor(outcome: RulesNotChanged['outcome']) {
    super(outcome);
    this.outcome = outcome;
  }
}

/** A tenant's rules as operators read and change them. What is saved counts from the next session on, in every replica. */
export interface RuleDesk {
  /** Of a tenant that never had any: no rules, as version 0. */
  read(tenant: TenantId): Promise<RuleSetView>;
  /** @throws {InputRefused} {RulesNotChanged} */
  save(tenant: TenantId, input: unknown, condition: RuleCondition): Promise<RuleSetView>;
  /** The newest first. */
  versions(tenant: TenantId): Promise<RuleVersion[]>;
  version(tenant: TenantId, version: string): Promise<RuleSetView | undefined>;
  /** Makes what an old version said the newest; it must still fit the tenant. `also` is in the same commit. @throws as `save` does */
  putBack(
    tenant: TenantId,
    version: string,
    condition: RuleCondition,
    also: (saved: RuleSetView) => readonly Write[],
  ): Promise<RuleSetView>;
  /** Keeps the sets of the config file among the versions. */
  keepDeclared(): Promise<void>;
}

const noRules = { version: '0', given: [] };
const emptyBook: RuleBook = { number: 0, versions: [] };
/** Older ones can still be read by their version. */
const mostListed = 1000;
const rounds = 20;

export function createRuleDesk(options: {
  readonly store: Store;
  readonly directory: Directory;
  readonly now: () => number;
  readonly reader: RulesReader;
  readonly logger: Logger;
}): RuleDesk {
  const { store, directory, now, reader, logger } = options;
  const tenantOf = (id: TenantId): Tenant => {
    const tenant = directory.tenant(id);
    if (tenant === undefined) throw new Error(`tenant ${id} is not declared`);
    return tenant;
  };
  const readBook = async (tenant: TenantId): Promise<Stored<RuleBook> | undefined> =>
    store.get(tenant, ruleBooks, onlyBook);

  /** Until nobody was faster. */
  const changing = async <T>(change: () => Promise<T>): Promise<T> => {
    for (let round = 1; ; round++) {
      try {
        return await change();
      } catch (error) {
        if (!(error instanceof Conflict) || round >= rounds) throw error;
      }
    }
  };

  const saveNew = async (
    tenant: TenantId,
    input: unknown,
    condition: RuleCondition,
    more: {
      readonly restores?: string;
      readonly also?: (saved: RuleSetView) => readonly Write[];
    } = {},
  ): Promise<RuleSetView> => {
    const declared = tenantOf(tenant);
    if (declared.rules !== undefined) throw new RulesNotChanged('declared in the config file');
    const read = reader.read(input, declared);
    const view = await changing(async () => {
      const stored = await readBook(tenant);
      const book = stored?.value ?? emptyBook;
      mustFit(book, condition);
      const number = book.number + 1;
      const version = String(number);
      const tag = randomBytes(9).toString('base64url');
      const record: RuleSetRecord = { version, tag, at: now(), ...read };
      const listed: RuleVersion = {
        version,
        at: record.at,
        rules: record.rules.length,
        source: 'rest',
        ...(more.restores === undefined ? {} : { restores: more.restores }),
      };
      const next: RuleBook = {
        current: record,
        number,
        versions: [...book.versions, listed].slice(-mostListed),
      };
      const saved = viewOf(record, 'rest');
      await store.commit(tenant, [
        put(ruleBooks, onlyBook, next, stored?.version ?? 'absent'),
        put(ruleSets, version, record, 'absent'),
        ...(more.also?.(saved) ?? []),
      ]);
      return saved;
    });
    logger.info({ tenant, version: view.version, rules: view.rules.length }, 'an operator saved rules');
    return view;
  };

  return {
    async read(tenant) {
      const declared = tenantOf(tenant).rules;
      if (declared !== undefined) return viewOf(declared, 'file');
      const current = (await readBook(tenant))?.value.current;
      return viewOf(current ?? noRules, 'rest');
    },
    save: saveNew,
    versions: async (tenant) => [...((await readBook(tenant))?.value.versions ?? [])].reverse(),
    async version(tenant, version) {
      const record = (await store.get(tenant, ruleSets, version))?.value;
      return record === undefined ? undefined : viewOf(record, sourceOf(record));
    },
    async putBack(tenant, version, condition, also) {
      const old = (await store.get(tenant, ruleSets, version))?.value;
      if (old === undefined) throw new RulesNotChanged('no such version');
      return saveNew(tenant, old.given, condition, { restores: version, also });
    },
    async keepDeclared() {
      for (const { id, rules } of directory.tenants()) {
        if (rules === undefined) continue;
        const record: RuleSetRecord = { ...rules, at: now() };
        await changing(async () => {
          if ((await store.get(id, ruleSets, record.version)) !== undefined) return;
          const stored = await readBook(id);
          const book = stored?.value ?? emptyBook;
          const { version, at } = record;
          const listed: RuleVersion = { version, at, rules: record.rules.length, source: 'file' };
          const next = { ...book, versions: [...book.versions, listed].slice(-mostListed) };
          await store.commit(id, [
            put(ruleBooks, onlyBook, next, stored?.version ?? 'absent'),
            put(ruleSets, version, record, 'absent'),
          ]);
        });
      }
    },
  };
}

function mustFit({ current }: RuleBook, { ifMatch, ifAbsent }: RuleCondition): void {
  const isOther = ifMatch !== undefined && ifMatch !== (current ?? noRules).version;
  if (isOther || (ifAbsent === true && current !== undefined))
    throw new RulesNotChanged('other than expected');
}

function sourceOf({ version }: RuleSetRecord): RuleSetView['source'] {
  return version.startsWith('file-') ? 'file' : 'rest';
}

function viewOf(
  { version, given, at }: Pick<RuleSetRecord, 'version' | 'given'> & { readonly at?: number },
  source: RuleSetView['source'],
): RuleSetView {
  return { version, source, ...(at === undefined ? {} : { changedAt: at }), rules: given };
}
