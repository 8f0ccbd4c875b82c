import type { Capabilities } from '../../message/capabilities.ts';
import { countSegments } from '../../message/sms-segments.ts';
import type { Message } from '../../message/message.ts';
import type { SendLimits } from '../../directory/tenant.ts';

/**
 * How much may go out, so that nobody's customer is flooded and nobody's bill runs away: pure. Counted are SMS segments where the network
 * charges by them, else messages. Days are those of UTC.
 */

/** Of one address on one line. */
export interface AddressCount {
  readonly day: number;
  readonly inDay: number;
  readonly minute: number;
  readonly inMinute: number;
  /** The delivery that was counted last: an attempt more of it is not counted again. */
  readonly last: string;
}

/** Of a line, or of all lines of a tenant. */
export interface DayCount {
  readonly day: number;
  readonly inDay: number;
}

export interface Counts {
  readonly address: AddressCount | undefined;
  readonly line: DayCount | undefined;
  readonly tenant: DayCount | undefined;
}

export interface Limits {
  readonly line: SendLimits;
  /** Of all lines of the tenant together. */
  readonly tenantPerDay: number | undefined;
}

export type LimitName = 'addressMinute' | 'addressDay' | 'lineDay' | 'tenantDay';

export type Admission =
  | { readonly kind: 'counted'; readonly counts: { address: AddressCount; line: DayCount; tenant: DayCount } }
  /** It was counted with an earlier attempt. */
  | { readonly kind: 'known' }
  | {
      readonly kind: 'beyond';
      readonly limit: LimitName;
      readonly most: number;
      /** When it may go out. */
      readonly at: number;
    };

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** What a network that charges by the SMS segment is limited to unless the config says otherwise. */
const smsLimits: SendLimits = { perAddressPerMinute: 30, perAddressPerDay: 300, perDay: 20_000 };

/** The line's own limits over those that its network has by itself; `off` takes one of those away. */
export function limitsOf(
  declared: SendLimits | undefined,
  capabilities: Capabilities | undefined,
): SendLimits {
  return { ...(capabilities?.text.smsSegments === true ? smsLimits : {}), ...declared };
}

export function isLimited({ line, tenantPerDay }: Limits): boolean {
  return [line.perAddressPerMinute, line.perAddressPerDay, line.perDay, tenantPerDay].some(
    (limit) => typeof limit === 'number',
  );
}

/** What a message counts. At least one: also an empty text is paid for. */
export function unitsOf({ content }: Message, capabilities: Capabilities | undefined): number {
  if (capabilities?.text.smsSegments !== true || content?.kind !== 'text') return 1;
  return Math.max(1, countSegments(content.text).segments);
}

/**
 * Whether so many units may go out now, and the counts if they do. What is larger than a limit goes out alone: it could never go
 * otherwise.
 */
export function admit(
  counts: Counts,
  limits: Limits,
  delivery: string,
  units: number,
  now: number,
): Admission {
  const day = Math.floor(now / dayMs);
  const minute = Math.floor(now / minuteMs);
  const { address } = counts;
  if (address?.last === delivery) return { kind: 'known' };
  const used = {
    addressMinute: address?.minute === minute ? address.inMinute : 0,
    addressDay: address?.day === day ? address.inDay : 0,
    lineDay: counts.line?.day === day ? counts.line.inDay : 0,
    tenantDay: counts.tenant?.day === day ? counts.tenant.inDay : 0,
  };
  const nextDay = (day + 1) * dayMs;
  const rules: readonly (readonly [LimitName, number | 'off' | undefined, number])[] = [
    // Days first: who has to wait for the next one need not be told of a minute.
    ['tenantDay', limits.tenantPerDay, nextDay],
    ['lineDay', limits.line.perDay, nextDay],
    ['addressDay', limits.line.perAddressPerDay, nextDay],
    ['addressMinute', limits.line.perAddressPerMinute, (minute + 1) * minuteMs],
  ];
  for (const [limit, most, at] of rules)
    if (typeof most === 'number' && used[limit] > 0 && used[limit] + units > most)
      return { kind: 'beyond', limit, most, at };
  return {
    kind: 'counted',
    counts: {
      address: {
        day,
        inDay: used.addressDay + units,
        minute,
        inMinute: used.addressMinute + units,
        last: delivery,
      },
      line: { day, inDay: used.lineDay + units },
      tenant: { day, inDay: used.tenantDay + units },
    },
  };
}
