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

/** The queue's rings and those of the session itself, in the order in which they begin. */
export function ringsOf({ rings }: RoutingPolicy, own: readonly Ring[] = []): readonly Ring[] {
  return own.length === 0 ? rings : [...rings, ...own].sort((a, b) => a.afterMs - b.afterMs);
}

/** How many rings have begun after so much waiting. */
export function ringAfter(rings: readonly Ring[], waitedMs: number): number {
  const next = rings.findIndex((ring) => ring.afterMs > waitedMs);
  return next === -1 ? rings.length : next;
}

/** Each ring only adds to whom may be asked: agents come, and skills go. */
export function reachAfter(policy: RoutingPolicy, waitedMs: number, own: readonly Ring[] = []): Reach {
  const rings = ringsOf(policy, own);
  const begun = rings.slice(0, ringAfter(rings, waitedMs));
  const next = rings[begun.length];
  return {
    ring: begun.length,
    members: new Set([...policy.members, ...begun.flatMap((ring: Ring) => ring.agents)]),
    dropped: new Set(begun.flatMap((ring) => ring.dropSkills)),
    ...(next === undefined ? {} : { nextAfterMs: next.afterMs }),
  };
}
