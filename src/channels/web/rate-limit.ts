import { TokenBuckets } from '../../platform/token-buckets.ts';
import { Problem } from './problem.ts';

/** {@link TokenBuckets} that refuse in the words of the chat's protocol. */
export class RateLimit extends TokenBuckets {
  /** @throws {Problem} 429 with when to come back. */
  mustHave(key: string): void {
    const waitMs = this.take(key);
    if (waitMs === 0) return;
    throw new Problem(429, 'Too many requests.', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
}
