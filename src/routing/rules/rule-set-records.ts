import type { RuleSet } from '../../directory/routing-rules.ts';
import type { Tenant } from '../../directory/tenant.ts';
import { defineCollection, type Store } from '../../store/store.ts';

/** One set of rules that a tenant had, id = version. Never changed, so that it can be told for ever what a session was routed by. */
export interface RuleSetRecord extends RuleSet {
  readonly at: number;
}

export const ruleSets = defineCollection<RuleSetRecord>('rule-sets');

/** A set in the list of those that there were. */
export interface RuleVersion {
  readonly version: string;
  readonly at: number;
  readonly rules: number;
  readonly source: 'file' | 'rest';
  /** The version that was put back. */
  readonly restores?: string;
}

/** What a tenant has saved by REST, id = {@link onlyBook}. */
export interface RuleBook {
  /** The set that counts, unless the config file declares one. */
  readonly current?: RuleSetRecord;
  /** Of the last version saved by REST. */
  readonly number: number;
  /** The newest last. */
  readonly versions: readonly RuleVersion[];
}

export const ruleBooks = defineCollection<RuleBook>('rule-books');
export const onlyBook = 'rules';

/** The rules that count now. */
export async function currentRules(store: Store, tenant: Tenant): Promise<RuleSet | undefined> {
  return tenant.rules ?? (await store.get(tenant.id, ruleBooks, onlyBook))?.value.current;
}
