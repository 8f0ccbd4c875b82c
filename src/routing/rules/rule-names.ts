import type { Tenant } from '../../directory/tenant.ts';
import type { RuleNames } from './rule-language.ts';

/** What conditions of this tenant may name. */
export function ruleNamesOf({ calendars, queues }: Pick<Tenant, 'calendars' | 'queues'>): RuleNames {
  return { calendars: [...(calendars?.keys() ?? [])].sort(), queues: [...queues.keys()].sort() };
}
