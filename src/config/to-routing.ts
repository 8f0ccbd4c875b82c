import { splitEndpoints } from '../directory/agent-endpoints.ts';
import { as, type AgentId, type MatrixUserId } from '../platform/ids.ts';
import type { Agent, AvailabilityRules, Queue, QueueThresholds } from '../directory/tenant.ts';
import { toCalendar, toServiceLevels } from './to-calendar.ts';
import type { PartAbout } from './part-about.ts';
import type { Config } from './schema.ts';

type Declared = Config['tenants'][string];

export function toAgent(
  id: string,
  { endpoints, networks, media, schedule, ...agent }: Declared['agents'][string],
): Agent {
  const { accounts, addresses } = splitEndpoints(endpoints);
  const own = typeof schedule === 'object' ? toCalendar(`agent ${id}`, schedule) : schedule;
  return {
    ...agent,
    id: as(id),
    user: as<MatrixUserId>(agent.user),
    ...(accounts.length === 0 ? {} : { endpoints: accounts }),
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(networks === undefined ? {} : { networks }),
    ...(media === undefined ? {} : { media }),
    ...(own === undefined ? {} : { schedule: own }),
  };
}

/** Teams are a way of writing; from here on a queue has agents. Of those who were added by REST some may be gone by now. */
export function toQueue(
  id: string,
  queue: Declared['queues'][string],
  agents: Declared['agents'],
  { ofFile }: Pick<PartAbout, 'ofFile'>,
): Queue {
  const named = (names: readonly string[], teams: readonly string[]): AgentId[] => {
    const declared = names.filter((name) => Object.hasOwn(agents, name));
    const ofTeams = Object.entries(agents).filter(([, agent]) =>
      agent.teams.some((team) => teams.includes(team)),
    );
    return [...new Set([...declared, ...ofTeams.map(([name]) => name)])].map((name) => as<AgentId>(name));
  };
  const { chooser, order } = queue;
  return {
    id: as(id),
    name: queue.name,
    policy: {
      members: named(queue.agents, queue.teams),
      evaluation: queue.evaluation,
      order: order === 'external' ? (chooser?.fallback ?? 'longest-idle') : order,
      required: queue.requiredSkills,
      preferred: queue.preferredSkills,
      rings: queue.rings
        .map((ring) => ({
          afterMs: ring.afterSeconds * 1000,
          agents: named(ring.agents, ring.teams),
          dropSkills: ring.dropSkills,
        }))
        .sort((a, b) => a.afterMs - b.afterMs),
      manual: queue.manual,
      lastAgentMs: queue.lastAgentSeconds * 1000,
      retryMs: queue.retrySeconds * 1000,
      ...(order !== 'external' || chooser === undefined
        ? {}
        : {
            chooser: {
              url: chooser.url,
              ...(ofFile ? { ofFile } : {}),
              secret: chooser.secret,
              timeoutMs: chooser.timeoutSeconds * 1000,
            },
          }),
    },
    offerMs: queue.offerSeconds * 1000,
    promisedMs: queue.promisedSeconds * 1000,
    priority: queue.priority,
    maxSize: queue.maxSize,
    weight: queue.weight,
    wrapUpMs: queue.wrapUpSeconds * 1000,
    ...(queue.calendar === undefined ? {} : { calendar: queue.calendar }),
    ...(queue.serviceLevels === undefined ? {} : { serviceLevels: toServiceLevels(queue.serviceLevels) }),
    ...(queue.thresholds === undefined ? {} : { thresholds: toThresholds(queue.thresholds) }),
  };
}

/** What has no `backAt` is over at four fifths of it, so that it does not flap. */
function toThresholds({
  size,
  longestWaitSeconds: wait,
}: NonNullable<Declared['queues'][string]['thresholds']>): QueueThresholds {
  const waitMs = wait && { at: wait.at * 1000, backAt: (wait.backAt ?? wait.at * usualBack) * 1000 };
  return {
    ...(size === undefined
      ? {}
      : {
          size: {
            at: size.at,
            backAt: size.backAt ?? Math.min(size.at - 1, Math.floor(size.at * usualBack)),
          },
        }),
    ...(waitMs === undefined ? {} : { longestWaitMs: waitMs }),
  };
}

const usualBack = 0.8;

export function toAvailabilityRules(rules: Declared['availability']): AvailabilityRules {
  return {
    initial: rules.initial,
    offersAtDesk: rules.offers === 'desk',
    awayAfterMissed: rules.awayAfterMissed,
    ...(rules.reassignSeconds === 'never' ? {} : { reassignAfterMs: rules.reassignSeconds * 1000 }),
  };
}
