import type { AgentId } from '../platform/ids.ts';
import type { Ring, RoutingPolicy } from '../directory/routing-policy.ts';

/** Whom a queue asks after so much waiting, and which skills it no longer asks for. */
export interface Reach {
  /** 0: the members; n: the nth ring has begun. */
  readonly ring: number;
  readonly members: ReadonlySet<AgentId>;
  readonly dropped: ReadonlySet<string>;
  /** How long after the beginning of the wait the next ring begins. */
  readonly nextAfterMs?: number;
}

/** How many rings have begun after so much waiting. */
export function ringAfter(policy: RoutingPolicy, waitedMs: number): number {
  const next = policy.rings.findIndex((ring) => ring.afterMs > waitedMs);
  return next === -1 ? policy.rings.length : next;
}

export function reachAfter(policy: RoutingPolicy, waitedMs: number): Reach {
  const begun = policy.rings.slice(0, ringAfter(policy, waitedMs));
  const next = policy.rings[begun.length];
  return {
    ring: begun.length,
    members: new Set([...policy.members, ...begun.flatMap((ring: Ring) => ring.agents)]),
    dropped: new Set(begun.flatMap((ring) => ring.dropSkills)),
    ...(next === undefined ? {} : { nextAfterMs: next.afterMs }),
  };
}
