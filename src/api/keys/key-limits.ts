import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { systemTenant } from '../../store/store.ts';
import type { Caller } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import { SharedBuckets } from './shared-buckets.ts';
import type { ShareTakings } from './shared-takings.ts';

const periodSeconds = 10;

export interface KeyRates {
  /** Of each key of a tenant. */
  readonly perKey: number;
  /** Of the operator's token. */
  readonly operator: number;
}

interface Limit {
  /** As answers call it. */
  readonly policy: string;
  readonly quota: number;
  readonly buckets: SharedBuckets;
}

/** Requests a second of each key, over ten seconds, at all replicas together. */
export class KeyLimits {
  readonly #ofKeys: Limit;
  readonly #ofOperator: Limit;

  constructor(
    { perKey, operator }: KeyRates,
    parts: { readonly clock: Clock; readonly logger: Logger; readonly share?: ShareTakings | undefined },
  ) {
    const limit = (policy: string, perSecond: number): Limit => {
      const quota = Math.max(1, Math.floor(perSecond * periodSeconds));
      return { policy, quota, buckets: new SharedBuckets(quota, periodSeconds * 1000, parts) };
    };
    this.#ofKeys = limit('key', perKey);
    this.#ofOperator = limit('operator', operator);
  }

  /**
   * Counts a request; gives what its answer says about the limit (draft-ietf-httpapi-ratelimit-headers-10).
   * @throws {Refusal} 429
   */
  async take(caller: Caller): Promise<Readonly<Record<string, string>>> {
    const isKey = caller.kind === 'key';
    const { policy, quota, buckets } = isKey ? this.#ofKeys : this.#ofOperator;
    const { waitMs, left } = await buckets.take(
      isKey ? { tenant: caller.tenant, id: caller.id } : { tenant: systemTenant, id: 'operator' },
    );
    const untilFull = Math.ceil(((quota - left) * periodSeconds) / quota);
    const headers = {
      'ratelimit-policy': `"${policy}";q=${String(quota)};w=${String(periodSeconds)}`,
      ratelimit: `"${policy}";r=${String(Math.floor(left))};t=${String(untilFull)}`,
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
