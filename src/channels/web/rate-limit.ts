import { isIPv6 } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import { Problem } from './problem.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by key: `allowed` in each `periodMs`, all of it at once if need be. In memory: a restart forgives. */
export class RateLimit {
  readonly #allowed: number;
  readonly #periodMs: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(allowed: number, periodMs: number, clock: Clock) {
    this.#allowed = allowed;
    this.#periodMs = periodMs;
    this.#clock = clock;
  }

  /** @throws {Problem} 429 with when to come back. */
  take(key: string): void {
    const now = this.#clock.now();
    const bucket = this.#refilled(key, now);
    if (bucket.tokens < 1) {
      const waitMs = ((1 - bucket.tokens) * this.#periodMs) / this.#allowed;
      throw new Problem(429, 'Too many requests.', {
        retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
      });
    }
    bucket.tokens -= 1;
  }

  #refilled(key: string, now: number): Bucket {
    const known = this.#buckets.get(key);
    if (known === undefined) {
      this.#forgetIdle(now);
      const fresh = { tokens: this.#allowed, at: now };
      this.#buckets.set(key, fresh);
      return fresh;
    }
    const gained = ((now - known.at) / this.#periodMs) * this.#allowed;
    known.tokens = Math.min(this.#allowed, known.tokens + Math.max(0, gained));
    known.at = now;
    return known;
  }

  /** A bucket that is full again says nothing. Looked for only when there are many, so that it costs little on average. */
  #forgetIdle(now: number): void {
    if (this.#buckets.size < 10_000 || this.#buckets.size % 1_000 !== 0) return;
    for (const [key, bucket] of this.#buckets) {
      if (now - bucket.at >= this.#periodMs) this.#buckets.delete(key);
    }
  }
}

/** One household: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(remoteAddress: string): string {
  const plain = remoteAddress.replace(/^::ffff:/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const start = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole = [...start, ...Array<string>(Math.max(0, 8 - start.length - end.length)).fill('0'), ...end];
  return whole
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}
