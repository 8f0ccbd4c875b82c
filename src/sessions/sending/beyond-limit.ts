import { DeliveryFailure } from '../../delivery/delivery.ts';
import type { recipientOf } from '../recipient.ts';
import type { Admission, LimitName } from './send-limits.ts';

/** Waits up to this long are waited for; a longer one the agent is told of, who decides whether it is still to be said then. */
const shortMs = 15 * 60_000;

type Recipient = ReturnType<typeof recipientOf>;

const scopes: Readonly<Record<LimitName, (recipient: Recipient) => string>> = {
  addressMinute: (recipient) => `to this ${recipient} in a minute`,
  addressDay: (recipient) => `to this ${recipient} in a day`,
  lineDay: () => 'on this line in a day',
  tenantDay: () => 'of all lines in a day',
};

/** Why a delivery does not go out now, in the agent's words. Nothing went out, for certain. */
export function beyondLimit(
  { limit, most, at }: Extract<Admission, { kind: 'beyond' }>,
  isSegments: boolean,
  recipient: Recipient,
  now: number,
): DeliveryFailure {
  const what = `${String(most)} ${isSegments ? 'SMS segments' : 'messages'}`;
  const from = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const reason = `the limit of ${what} ${scopes[limit](recipient)} is reached; it begins anew at ${from} UTC`;
  return at - now <= shortMs
    ? new DeliveryFailure({ kind: 'retry', certain: true, reason, retryAfterMs: at - now })
    : new DeliveryFailure({ kind: 'permanent', certain: true, reason });
}
