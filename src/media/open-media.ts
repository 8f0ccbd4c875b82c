import type { Readable } from 'node:stream';

/** A file being read. Whoever opens one reads the stream to its end or destroys it. */
export interface OpenMedia {
  readonly stream: Readable;
  readonly mimeType: string;
  readonly sizeBytes?: number;
  readonly fileName?: string;
}

export interface GuardedFetchOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST, to this URL and no other: a redirect is refused. */
  readonly body?: string;
  /** Default: what the operator set, else 100 MiB. */
  readonly maxBytes?: number;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** Origins (`https://host:port`) at which the headers may be sent; redirects elsewhere lose them. Default: the first origin only. */
  readonly headersFor?: readonly string[];
  /** Origins that the operator wrote into the line's parameters, exempt from the rule against private addresses. */
  readonly trustedOrigins?: readonly string[];
}
