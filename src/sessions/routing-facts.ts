import type { Tenant } from '../directory/tenant.ts';
import { readHours, type TenantHours } from '../routing/hours/tenant-hours.ts';
import { compileRules, type CompiledRules } from '../routing/rules/compile-rules.ts';
import { readLoad } from '../routing/rules/read-load.ts';
import type { QueueLoad } from '../routing/rules/rule-facts.ts';
import { currentRules } from '../routing/rules/rule-set-records.ts';
import { ruleNamesOf } from '../routing/rules/rule-names.ts';
import type { Store } from '../store/store.ts';
import { messageRecords } from './message-record.ts';
import type { SessionRecord } from './session.ts';

/** What a decision needs that brings a session into a queue. */
export interface RoutingFacts {
  readonly rules: CompiledRules | undefined;
  readonly hours: TenantHours;
  /** Empty where no rule asks. */
  readonly load: Readonly<Record<string, QueueLoad>>;
  /** The session's first message, where a rule asks and it is none of this decision. */
  readonly firstText: string;
}

/** Thrown by a decision that was not given the facts and cannot do without. */
export class RoutingFactsWanted extends Error {
  constructor() {
    super('what routing knows of the tenant is wanted');
  }
}

export async function readRoutingFacts(
  store: Store,
  tenant: Tenant,
  session: SessionRecord | undefined,
  now: number,
): Promise<RoutingFacts> {
  const [set, hours] = await Promise.all([currentRules(store, tenant), readHours(store, tenant)]);
  const rules = set === undefined ? undefined : compileRules(set, ruleNamesOf(tenant));
  const [load, firstText] = await Promise.all([
    rules?.asksForLoad === true ? readLoad(store, tenant, now) : {},
    rules?.asksForText === true ? readFirstText(store, tenant, session) : '',
  ]);
  return { rules, hours, load, firstText };
}

async function readFirstText(
  store: Store,
  tenant: Tenant,
  session: SessionRecord | undefined,
): Promise<string> {
  if (session?.firstMessage === undefined) return '';
  const content = (await store.get(tenant.id, messageRecords, session.firstMessage))?.value.message.content;
  return content?.kind === 'text' ? content.text : '';
}
