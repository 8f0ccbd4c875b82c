import type { Clock } from '../../platform/clock.ts';
import { TokenBuckets } from '../../platform/token-buckets.ts';
import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';

const periodSeconds = 10;

/** Requests a second of each key of a tenant, over ten seconds; each replica counts for itself. The operator is not limited. */
export class KeyLimits {
  readonly #quota: number;
  readonly #buckets: TokenBuckets;

  constructor(perSecond: number, clock: Clock) {
    this.#quota = Math.max(1, Math.floor(perSecond * periodSeconds));
    this.#buckets = new TokenBuckets(this.#quota, periodSeconds * 1000, clock);
  }

  /**
   * Counts a request; gives what its answer says about the limit (draft-ietf-httpapi-ratelimit-headers-10).
   * @throws {Refusal} 429
   */
  take(caller: Caller): Readonly<Record<string, string>> {
    if (caller.kind === 'operator') return {};
    const name = `${caller.tenant}.${caller.id}`;
    const waitMs = this.#buckets.take(name);
    const left = this.#buckets.left(name);
    const untilFull = Math.ceil(((this.#quota - left) * periodSeconds) / this.#quota);
    const headers = {
      'ratelimit-policy': `"key";q=${String(this.#quota)};w=${String(periodSeconds)}`,
      ratelimit: `"key";r=${String(Math.floor(left))};t=${String(untilFull)}`,
    };
    if (waitMs === 0) return headers;
    const seconds = String(Math.ceil(waitMs / 1000));
    throw new Refusal({
      status: 429,
      title: 'Too Many Requests',
      detail: `This key has asked too much. Please come again in ${seconds} s.`,
      headers: { ...headers, 'retry-after': seconds },
    });
  }
}
