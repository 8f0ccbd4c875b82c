import type { AgentId } from '../platform/ids.ts';
import type { Ring, RoutingPolicy } from '../directory/routing-policy.ts';

/** Agents, each once. */
export interface Members extends Iterable<AgentId> {
  has(agent: AgentId): boolean;
}

/** Whom a queue asks after so much waiting, and which skills it no longer asks for. */
export interface Reach {
  /** 0: the members; n: the nth ring has begun. */
  readonly ring: number;
  readonly members: Members;
  readonly dropped: ReadonlySet<string>;
  /** How long after the beginning of the wait the next ring begins. */
  readonly nextAfterMs?: number;
}

/** The queue's rings and those of the session itself, in the order in which they begin. */
export function ringsOf({ rings }: RoutingPolicy, own: readonly Ring[] = []): readonly Ring[] {
  return own.length === 0 ? rings : [...rings, ...own].sort((a, b) => a.afterMs - b.afterMs);
}

/** How many rings have begun after so much waiting. */
export function ringAfter(rings: readonly Ring[], waitedMs: number): number {
  const next = rings.findIndex((ring) => ring.afterMs > waitedMs);
  return next === -1 ? rings.length : next;
}

/**
 * How far a queue reaches when so many rings have begun. Each ring only adds to whom may be asked: agents come, and skills go. Made once for a
 * queue, since with a thousand members and many rings that is what costs.
 */
export function reaching(policy: RoutingPolicy, own: readonly Ring[] = []): (ring: number) => Reach {
  const rings = ringsOf(policy, own);
  /** The ring with which each agent comes. */
  const comesWith = new Map<AgentId, number>(policy.members.map((id) => [id, 0]));
  for (const [index, { agents }] of rings.entries())
    for (const id of agents) if (!comesWith.has(id)) comesWith.set(id, index + 1);
  return (ring) => {
    const next = rings[ring];
    return {
      ring,
      members: {
        has: (id) => (comesWith.get(id) ?? Infinity) <= ring,
        *[Symbol.iterator]() {
          for (const [id, first] of comesWith) if (first <= ring) yield id;
        },
      },
      dropped: new Set(rings.slice(0, ring).flatMap(({ dropSkills }) => dropSkills)),
      ...(next === undefined ? {} : { nextAfterMs: next.afterMs }),
    };
  };
}

/** How far it reaches after so much waiting. */
export function reachAfter(policy: RoutingPolicy, waitedMs: number, own: readonly Ring[] = []): Reach {
  return reaching(policy, own)(ringAfter(ringsOf(policy, own), waitedMs));
}
