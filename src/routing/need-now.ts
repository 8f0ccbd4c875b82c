import type { RoutingPolicy } from '../directory/routing-policy.ts';
import type { QueueId } from '../platform/ids.ts';
import { askedOf, type Asking } from './asked.ts';
import type { Need } from './eligibility.ts';
import type { OpenTimes } from './hours/open-time.ts';
import { reachAfter } from './rings.ts';

/** What a session that waits asks of agents now, at the ring that it has come to. */
export function needNow(
  session: Asking & { readonly queue: QueueId },
  policy: RoutingPolicy,
  openTimes: OpenTimes,
  now: number,
): Need {
  const { queue, enteredAt, rings } = session;
  const waitedMs = openTimes.get(queue)?.(enteredAt) ?? now - enteredAt;
  return askedOf(session, policy, reachAfter(policy, waitedMs, rings)).need;
}
