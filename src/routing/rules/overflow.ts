import type { Overflow } from '../../directory/routing-rules.ts';
import type { QueueLoad } from './rule-facts.ts';

/**
 * Which way out of its queue a waiting session takes now, and why. Undefined: none; `nextAt`: when time alone may change that. `waitedMs`: in
 * this queue, in its open time.
 */
export function overflowNow(
  session: { readonly waitedMs: number; readonly overflow: readonly Overflow[] },
  load: QueueLoad | undefined,
  now: number,
): { readonly taken?: { readonly at: number; readonly why: string }; readonly nextAt?: number } {
  let nextAt = Infinity;
  for (const [at, way] of session.overflow.entries()) {
    const leftMs = (way.afterMs ?? 0) - session.waitedMs;
    if (leftMs > 0) nextAt = Math.min(nextAt, now + leftMs);
    const reasons = reasonsOf(way, load, session.waitedMs);
    if (reasons !== undefined) return { taken: { at, why: reasons.join(', ') } };
  }
  return nextAt === Infinity ? {} : { nextAt };
}

/** Undefined where something that the way asks for does not hold. */
function reasonsOf(way: Overflow, load: QueueLoad | undefined, waitedMs: number): string[] | undefined {
  const reasons: string[] = [];
  if (way.afterMs !== undefined) {
    if (waitedMs < way.afterMs) return undefined;
    reasons.push(`waited longer than ${String(way.afterMs / 1000)} s`);
  }
  if (way.moreThan !== undefined) {
    if (load === undefined || load.waiting <= way.moreThan) return undefined;
    reasons.push(`more than ${String(way.moreThan)} waited`);
  }
  if (way.nobodyAvailable) {
    if (load === undefined || load.available > 0) return undefined;
    reasons.push('nobody was available');
  }
  return reasons.length === 0 ? undefined : reasons;
}
