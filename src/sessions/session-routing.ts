import type { QueueId } from '../platform/ids.ts';
import type { Ring, SkillLevels } from '../directory/routing-policy.ts';
import type { Overflow, RuleRing } from '../directory/routing-rules.ts';
import type { Tenant } from '../directory/tenant.ts';
import type { RulesResult } from '../routing/rules/apply-rules.ts';
import type { TenantHours } from '../routing/hours/tenant-hours.ts';

/** What the tenant's rules said of a session when it came to wait first; it stands for as long as the session is open. */
export interface SessionRouting {
  readonly version: string;
  /** Those that matched. */
  readonly rules: readonly string[];
  /** Those that could not be decided, with the reason. */
  readonly failed: readonly { readonly rule: string; readonly reason: string }[];
  readonly queue?: QueueId;
  readonly required: SkillLevels;
  readonly preferred: SkillLevels;
  readonly priority?: number;
  readonly rings: readonly Ring[];
  readonly overflow: readonly Overflow[];
}

export function toSessionRouting(result: RulesResult, tenant: Tenant): SessionRouting {
  const { version, matched, looked, queue, required, preferred, priority, rings, overflow } = result;
  return {
    version,
    rules: matched,
    failed: looked.flatMap(({ rule, outcome, reason = '' }) =>
      outcome === 'failed' ? [{ rule, reason }] : [],
    ),
    // Rules of an earlier day may name what is gone.
    ...(queue === undefined || !tenant.queues.has(queue) ? {} : { queue }),
    required,
    preferred,
    ...(priority === undefined ? {} : { priority }),
    rings: rings.map((ring) => toRing(ring, tenant)),
    overflow,
  };
}

/** Teams are whoever is in them when the session comes. */
function toRing({ afterMs, agents, teams, dropSkills }: RuleRing, tenant: Tenant): Ring {
  const ofTeams = [...tenant.agents.values()].filter((agent) =>
    agent.teams?.some((team) => teams.includes(team)),
  );
  return { afterMs, agents: [...new Set([...agents, ...ofTeams.map(({ id }) => id)])], dropSkills };
}

export function hoursNow(hours: TenantHours, now: number): Record<string, 'open' | 'closed'> {
  return Object.fromEntries(
    [...hours].map(([calendar, its]) => [calendar, its.isOpen(now) ? ('open' as const) : 'closed']),
  );
}

/** Why a session goes where it goes, for agents. */
export function routingWords({ version, rules, failed }: SessionRouting): string[] {
  return [
    rules.length === 0
      ? `No rule matched (rules ${version}): the line’s queue.`
      : `By ${rules.length === 1 ? 'the rule' : 'the rules'} ${rules.map((name) => `“${name}”`).join(', ')} (rules ${version}).`,
    ...failed.map(
      ({ rule, reason }) => `The rule “${rule}” could not be decided and was passed over: ${reason}.`,
    ),
  ];
}
