import type { Clock } from '../platform/clock.ts';
import { isLoopback, networkOf } from '../platform/network-of.ts';
import { TokenBuckets } from '../platform/token-buckets.ts';
import type { Problem } from './problem.ts';

/** Requests a second, over ten seconds: ten times as many may come at once. */
export interface RequestRates {
  /** For the lines and routes of one tenant. What was refused (unsigned, malformed) does not count. Default 5,000. */
  readonly perTenant: number;
  /** From one IPv4 address or IPv6 /64, whatever it asks for. Default 1,000. */
  readonly perSource: number;
  /** From the same, that were refused for what they were: wrong signatures, tokens, paths, bodies. Default 10. */
  readonly refusedPerSource: number;
  /** Of each key of a tenant for the REST API. Default 100. */
  readonly perKey: number;
  /** Of the operator's token. Default 1,000. */
  readonly operator: number;
}

export const defaultRequestRates: RequestRates = {
  perTenant: 5_000,
  perSource: 1_000,
  refusedPerSource: 10,
  perKey: 100,
  operator: 1_000,
};

const periodMs = 10_000;
/** Answers that say that the request was wrong in itself. */
const refusals = new Set([400, 401, 403, 404, 405, 413, 415, 422]);

/**
 * How much one tenant and one source may ask of us, so that neither takes the room of the others. A source on this machine is a reverse
 * proxy that was not declared (`trustedProxies`): behind it is everybody, so it is not limited.
 */
export class RequestLimits {
  readonly #tenants: TokenBuckets;
  readonly #sources: TokenBuckets;
  readonly #refused: TokenBuckets;

  constructor(rates: RequestRates, clock: Clock) {
    const buckets = (perSecond: number): TokenBuckets =>
      new TokenBuckets((perSecond * periodMs) / 1000, periodMs, clock);
    this.#tenants = buckets(rates.perTenant);
    this.#sources = buckets(rates.perSource);
    this.#refused = buckets(rates.refusedPerSource);
  }

  /** Counts a request of a source; the problem where it is one too many. */
  ofSource(address: string): Problem | undefined {
    if (isLoopback(address)) return undefined;
    const source = networkOf(address);
    return tooMany(Math.max(this.#refused.wait(source), this.#sources.take(source)));
  }

  /** Counts a request for a tenant that exists; the problem where it is one too many. */
  ofTenant(tenant: string): Problem | undefined {
    return tooMany(this.#tenants.take(tenant));
  }

  /** A request of this source was answered: a refusal counts against it. */
  answeredSource(address: string, status: number): void {
    if (refusals.has(status) && !isLoopback(address)) this.#refused.take(networkOf(address));
  }

  /** A request for this tenant was answered: a refusal was not the tenant's doing. */
  answeredTenant(tenant: string, status: number): void {
    if (refusals.has(status)) this.#tenants.giveBack(tenant);
  }
}

function tooMany(waitMs: number): Problem | undefined {
  if (waitMs === 0) return undefined;
  const seconds = String(Math.ceil(waitMs / 1000));
  return {
    status: 429,
    title: 'Too Many Requests',
    detail: `Please come again in ${seconds} s.`,
    headers: { 'retry-after': seconds },
  };
}
