import { as, type QueueId } from '../platform/ids.ts';
import type { SkillLevels } from '../directory/routing-policy.ts';
import type { Tenant } from '../directory/tenant.ts';
import { readHours } from '../routing/hours/tenant-hours.ts';
import { applyRules, type Looked } from '../routing/rules/apply-rules.ts';
import { compileRules } from '../routing/rules/compile-rules.ts';
import { readLoad } from '../routing/rules/read-load.ts';
import type { RuleFacts } from '../routing/rules/rule-facts.ts';
import { ruleNamesOf } from '../routing/rules/rule-names.ts';
import { currentRules } from '../routing/rules/rule-set-records.ts';
import { simulate, type Simulation } from '../routing/simulate.ts';
import type { Store } from '../store/store.ts';
import { hoursNow, toSessionRouting, type SessionRouting } from './session-routing.ts';

/** A session that might come, as somebody describes it. */
export interface DescribedSession extends Pick<
  RuleFacts,
  'identifier' | 'network' | 'app' | 'contact' | 'attributes' | 'language' | 'text'
> {
  /** Where an application or a dialog would name one: rules choose no other. */
  readonly queue?: QueueId;
  /** Where it would come in; its queue counts where no rule names another. */
  readonly line?: string;
  readonly skills: SkillLevels;
  readonly waitedMs: number;
}

export interface SimulatedRouting extends Simulation {
  readonly queue: QueueId;
  readonly rules?: SessionRouting & { readonly looked: readonly Looked[] };
}

/** What would become of it now, rules included. Undefined: there is no such queue or line. */
export async function simulateSession(
  store: Store,
  tenant: Tenant,
  described: DescribedSession,
  now: number,
): Promise<SimulatedRouting | undefined> {
  const line = described.line === undefined ? undefined : tenant.lines.get(as(described.line));
  const named = described.queue ?? line?.queue;
  if (named === undefined || !tenant.queues.has(named)) return undefined;
  const hours = await readHours(store, tenant);
  const set = line === undefined ? undefined : await currentRules(store, tenant);
  const result =
    set === undefined || line === undefined
      ? undefined
      : applyRules(compileRules(set, ruleNamesOf(tenant)), {
          ...described,
          line: line.id,
          hours: hoursNow(hours, now),
          load: await readLoad(store, tenant, now),
          now,
        });
  const routing = result === undefined ? undefined : toSessionRouting(result, tenant);
  const queue = tenant.queues.get(described.queue ?? routing?.queue ?? named);
  if (queue === undefined) return undefined;
  const { network, skills, waitedMs } = described;
  const simulation = await simulate(
    store,
    tenant,
    queue,
    {
      queue: queue.id,
      network,
      skills: { ...routing?.required, ...skills },
      preferred: routing?.preferred ?? {},
      ...(routing?.priority === undefined ? {} : { priority: routing.priority }),
      rings: routing?.rings ?? [],
      waitedMs,
    },
    hours,
    now,
  );
  return {
    ...simulation,
    queue: queue.id,
    ...(routing === undefined || result === undefined
      ? {}
      : { rules: { ...routing, looked: result.looked } }),
  };
}
