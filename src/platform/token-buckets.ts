import type { Clock } from './clock.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** Keys that are remembered at once; beyond, the oldest is forgiven, so that a flood of made-up keys takes no more memory. */
const mostKeys = 100_000;

/** A token bucket a key: `allowed` in each `periodMs`, all of it at once if need be. In memory: a restart forgives. */
export class TokenBuckets {
  readonly #allowed: number;
  readonly #periodMs: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(allowed: number, periodMs: number, clock: Clock) {
    this.#allowed = allowed;
    this.#periodMs = periodMs;
    this.#clock = clock;
  }

  /** Takes one and gives 0; or, where there is none, takes nothing and gives the milliseconds until there is. */
  take(key: string): number {
    const bucket = this.#refilled(key);
    if (bucket.tokens < 1) return this.#untilNext(bucket);
    bucket.tokens -= 1;
    return 0;
  }

  /** What `take` would give, without taking. */
  wait(key: string): number {
    const known = this.#buckets.has(key) ? this.#refilled(key) : undefined;
    return known === undefined || known.tokens >= 1 ? 0 : this.#untilNext(known);
  }

  /** How many could be taken now; whole and a fraction of the next. */
  left(key: string): number {
    return this.#buckets.has(key) ? this.#refilled(key).tokens : this.#allowed;
  }

  /** What was taken did not count after all. */
  giveBack(key: string): void {
    const known = this.#buckets.get(key);
    if (known !== undefined) known.tokens = Math.min(this.#allowed, known.tokens + 1);
  }

  #untilNext({ tokens }: Bucket): number {
    return Math.ceil(((1 - tokens) * this.#periodMs) / this.#allowed);
  }

  #refilled(key: string): Bucket {
    const now = this.#clock.now();
    const known = this.#buckets.get(key);
    if (known === undefined) {
      this.#makeRoom(now);
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
  #makeRoom(now: number): void {
    if (this.#buckets.size >= mostKeys) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    if (this.#buckets.size < 10_000 || this.#buckets.size % 1_000 !== 0) return;
    for (const [key, bucket] of this.#buckets) {
      if (now - bucket.at >= this.#periodMs) this.#buckets.delete(key);
    }
  }
}
