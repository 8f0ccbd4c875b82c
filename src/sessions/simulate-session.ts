import type { Medium } from '../message/medium.ts';
import { as, type QueueId } from '../platform/ids.ts';
import type { SkillLevels } from '../directory/routing-policy.ts';
import type { Tenant } from '../directory/tenant.ts';
import { openTimesOf } from '../routing/hours/open-time.ts';
import { closedQueues, readHours } from '../routing/hours/tenant-hours.ts';
import { applyRules, type Looked } from '../routing/rules/apply-rules.ts';
import { compileRules } from '../routing/rules/compile-rules.ts';
import { readLoad } from '../routing/rules/read-load.ts';
import type { RuleFacts } from '../routing/rules/rule-facts.ts';
import { ruleNamesOf } from '../routing/rules/rule-names.ts';
import { currentRules } from '../routing/rules/rule-set-records.ts';
import { simulate, type Simulation } from '../routing/simulate.ts';
import { simulatedWay, type SimulatedMove } from '../routing/simulated-way.ts';
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
  readonly media: readonly Medium[];
  readonly skills: SkillLevels;
  readonly waitedMs: number;
}

export interface SimulatedRouting extends Simulation {
  /** Where it is then. */
  readonly queue: QueueId;
  readonly rules?: SessionRouting & { readonly looked: readonly Looked[] };
  /** How it went there from the queue that it entered. */
  readonly moves: readonly SimulatedMove[];
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
  const [hours, load, set] = await Promise.all([
    readHours(store, tenant),
    line === undefined ? {} : readLoad(store, tenant, now),
    line === undefined ? undefined : currentRules(store, tenant),
  ]);
  const result =
    set === undefined || line === undefined
      ? undefined
      : applyRules(compileRules(set, ruleNamesOf(tenant)), {
          ...described,
          ...languageTold(described),
          line: line.id,
          hours: hoursNow(hours, now),
          load,
          now,
        });
  const routing = result === undefined ? undefined : toSessionRouting(result, tenant);
  // The queue of the rules stands in place of the line's, and of no other.
  const entered = tenant.queues.get(named === line?.queue ? (routing?.queue ?? named) : named);
  if (entered === undefined) return undefined;
  const { network, media, skills, waitedMs } = described;
  const closed = closedQueues(tenant, hours, now);
  const moves = simulatedWay(
    {
      queue: entered.id,
      overflow: routing?.overflow ?? [],
      waitedMs: openTimesOf(tenant, hours, now).get(entered.id)?.(now - waitedMs) ?? waitedMs,
    },
    {
      load,
      hasQueue: (id) => tenant.queues.has(id),
      isClosed: (id) => closed.has(id),
    },
    now,
  );
  const queue = tenant.queues.get(moves.at(-1)?.to ?? entered.id) ?? entered;
  const simulation = await simulate(
    store,
    tenant,
    queue,
    {
      queue: queue.id,
      network,
      media,
      skills: { ...routing?.required, ...skills },
      preferred: routing?.preferred ?? {},
      priority: routing?.priority ?? entered.priority,
      rings: routing?.rings ?? [],
      waitedMs,
      ...(moves.length === 0 ? {} : { inQueueMs: 0 }),
    },
    hours,
    now,
  );
  return {
    ...simulation,
    queue: queue.id,
    moves,
    ...(routing === undefined || result === undefined
      ? {}
      : { rules: { ...routing, looked: result.looked } }),
  };
}

/** Rules know it by two names, and from the app or else from what the network told: whoever describes a session need say it once. */
function languageTold({ language, app, contact }: DescribedSession): Pick<RuleFacts, 'language' | 'app'> {
  const told = language || app.language || (contact.details['language'] ?? '');
  return { language: told, app: { ...app, language: app.language || told } };
}
