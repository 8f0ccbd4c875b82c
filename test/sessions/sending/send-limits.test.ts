import { describe, expect, it } from 'vitest';
import type { SendLimits } from '../../../src/directory/tenant.ts';
import { admit, type Counts, type Limits } from '../../../src/sessions/sending/send-limits.ts';

const none: Counts = { address: undefined, line: undefined, tenant: undefined };
const noon = Date.UTC(2026, 10, 21, 12);
const limited = (line: SendLimits, tenantPerDay?: number): Limits => ({ line, tenantPerDay });

/** Sends until one is not admitted. */
function sendAll(limits: Limits, units: number, at: number, from: Counts = none) {
  let counts = from;
  for (let sent = 0; sent < 1000; sent += 1) {
    const admission = admit(counts, limits, `d${String(at)}.${String(sent)}`, units, at);
    if (admission.kind !== 'counted') return { sent, admission, counts };
    counts = admission.counts;
  }
  throw new Error('there is no limit');
}

describe('what may go out', () => {
  it('to one address in a minute: the rest in the next one', () => {
    const limits = limited({ perAddressPerMinute: 5 });
    const first = sendAll(limits, 1, noon + 20_000);
    expect([first.sent, first.admission]).toEqual([
      5,
      { kind: 'beyond', limit: 'addressMinute', most: 5, at: noon + 60_000 },
    ]);
    expect(sendAll(limits, 1, noon + 60_000, first.counts).sent).toBe(5);
  });

  it.each([
    ['to one address', limited({ perAddressPerDay: 10 }), 'addressDay'],
    ['on one line', limited({ perDay: 10 }), 'lineDay'],
    ['of one tenant', limited({}, 10), 'tenantDay'],
  ])('%s in a day: the rest after midnight', (_, limits, limit) => {
    const first = sendAll(limits, 1, noon);
    const midnight = Date.UTC(2026, 10, 22);
    expect([first.sent, first.admission]).toEqual([10, { kind: 'beyond', limit, most: 10, at: midnight }]);
    expect(sendAll(limits, 1, midnight - 1, first.counts).sent).toBe(0);
    expect(sendAll(limits, 1, midnight, first.counts).sent).toBe(10);
  });

  it('to other addresses is not affected by what one has had', () => {
    const limits = limited({ perAddressPerDay: 10 });
    const { counts } = sendAll(limits, 1, noon);
    expect(sendAll(limits, 1, noon, { ...counts, address: undefined }).sent).toBe(10);
  });

  it('is counted in segments, and what is larger than the limit goes out alone', () => {
    expect(sendAll(limited({ perAddressPerDay: 10 }), 4, noon).sent).toBe(2);
    expect(sendAll(limited({ perAddressPerDay: 10 }), 11, noon).sent).toBe(1);
  });

  it('is counted once for all attempts of a delivery, also beyond the limit', () => {
    const limits = limited({ perAddressPerDay: 1 });
    const first = admit(none, limits, 'd1', 1, noon);
    const counts = first.kind === 'counted' ? first.counts : none;
    expect(admit(counts, limits, 'd1', 1, noon + 1).kind).toBe('known');
    expect(admit(counts, limits, 'd2', 1, noon + 1).kind).toBe('beyond');
  });

  it('is everything where a limit is off', () => {
    expect(admit(none, limited({ perDay: 'off' }), 'd1', 1_000_000, noon).kind).toBe('counted');
  });
});
