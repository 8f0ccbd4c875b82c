import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { BucketName, ShareTakings } from './shared-takings.ts';

interface Bucket {
  /** When it is full again, by what this replica knows. */
  fullAt: number;
  /** Taken, and not yet told to the others. */
  untold: number;
  telling: Promise<void> | undefined;
  isTellingLater: boolean;
}

/** Buckets that are remembered at once; beyond, those that are full are forgotten, and then the oldest. */
const mostBuckets = 20_000;
/** What a replica may take of a bucket before the others know: a twentieth. */
const untoldShare = 20;

export interface Taking {
  /** 0: it was taken; else nothing was, and there is something in so many milliseconds. */
  readonly waitMs: number;
  /** How many could be taken now. */
  readonly left: number;
}

/**
 * Token buckets that all replicas share: `allowed` in each period, all of it at once if need be. Each replica takes by what it knows, and
 * tells the others, through the store, of a batch at a time; nobody waits for that unless a whole batch is untold. What was back before it was
 * told is not told at all. So all together may let through a batch for each replica too many, and never refuse what was not taken.
 */
export class SharedBuckets {
  readonly #allowed: number;
  readonly #periodMs: number;
  readonly #batch: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #share: ShareTakings | undefined;
  readonly #buckets = new Map<string, Bucket>();

  /** @param share absent: no other replica shares the store. */
  constructor(
    allowed: number,
    periodMs: number,
    parts: { readonly clock: Clock; readonly logger: Logger; readonly share?: ShareTakings | undefined },
  ) {
    this.#allowed = allowed;
    this.#periodMs = periodMs;
    this.#batch = Math.max(1, Math.floor(allowed / untoldShare));
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#share = parts.share;
  }

  async take(name: BucketName): Promise<Taking> {
    const bucket = this.#bucketOf(name);
    if (this.#share !== undefined && bucket.untold >= this.#batch) await this.#tell(name, bucket);
    const now = this.#clock.now();
    const each = this.#periodMs / this.#allowed;
    const taken = Math.max(bucket.fullAt, now) - now + each;
    // A thousandth of one more than there is, for what adding up loses.
    if (taken > this.#periodMs + each / 1000) return { waitMs: Math.ceil(taken - this.#periodMs), left: 0 };
    bucket.fullAt = now + taken;
    if (this.#share !== undefined) this.#toTell(name, bucket);
    return { waitMs: 0, left: Math.max(0, (this.#periodMs - taken) / each) };
  }

  #toTell(name: BucketName, bucket: Bucket): void {
    bucket.untold += 1;
    if (bucket.untold >= this.#batch / 2) void this.#tell(name, bucket);
    else if (!bucket.isTellingLater) {
      bucket.isTellingLater = true;
      this.#clock.after(this.#periodMs / 2, () => {
        bucket.isTellingLater = false;
        if (bucket.fullAt <= this.#clock.now()) bucket.untold = 0;
        else void this.#tell(name, bucket);
      });
    }
  }

  /** Never fails: a store that is away keeps requests from more than limits do. */
  async #tell(name: BucketName, bucket: Bucket): Promise<void> {
    bucket.telling ??= this.#tellAll(name, bucket).finally(() => {
      bucket.telling = undefined;
    });
    await bucket.telling;
  }

  async #tellAll(name: BucketName, bucket: Bucket): Promise<void> {
    const share = this.#share;
    const { untold } = bucket;
    if (share === undefined || untold === 0) return;
    const each = this.#periodMs / this.#allowed;
    try {
      const fullAt = await share(name, untold * each, this.#clock.now());
      bucket.untold = Math.max(0, bucket.untold - untold);
      bucket.fullAt = Math.max(bucket.fullAt, fullAt + bucket.untold * each);
    } catch (error) {
      this.#logger.debug({ tenant: name.tenant, err: error }, 'what a key asked could not be told to others');
    }
  }

  #bucketOf({ tenant, id }: BucketName): Bucket {
    const key = `${tenant} ${id}`;
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= mostBuckets) this.#makeRoom();
    const fresh: Bucket = { fullAt: 0, untold: 0, telling: undefined, isTellingLater: false };
    this.#buckets.set(key, fresh);
    return fresh;
  }

  #makeRoom(): void {
    const now = this.#clock.now();
    for (const [key, { fullAt }] of this.#buckets) if (fullAt <= now) this.#buckets.delete(key);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size < mostBuckets) break;
      this.#buckets.delete(oldest);
    }
  }
}
