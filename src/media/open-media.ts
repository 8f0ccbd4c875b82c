import type { Readable } from 'node:stream';

/** A file being read. Whoever opens one reads the stream to its end or destroys it. */
export interface OpenMedia {
  readonly stream: Readable;
  readonly mimeType: string;
  readonly sizeBytes?: number;
  readonly fileName?: string;
}

/** A request in place of the plain GET. */
export interface Outgoing {
  /** May have another query than asked for, never another origin. */
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

export interface GuardedFetchOptions {
  /** Default GET. A POST or PUT follows no redirect. */
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** A stream takes as long as all of it may, and is destroyed where it is not sent to its end. */
  readonly body?: string | Readable;
  /** Ports other than the usual ones may be asked, for a URL that the operator's own server gave. Its address is checked all the same. */
  readonly anyPort?: boolean;
  /**
   * Makes the request, anew for each redirect since signatures cover the URL; `again`: the redirect asks for the same request at another place
   * (307, 308), not just for what is there. Then `headers` and `headersFor` do not count, and redirects to another origin are refused.
   */
  readonly send?: (url: string, again: boolean) => Outgoing;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: what the operator set, else 100 MiB. */
  readonly maxBytes?: number;
  /** Default 10 s. */
  readonly timeoutMs?: number;
  /** For all of it. Default: thirty times `timeoutMs`. */
  readonly wholeTimeoutMs?: number;
  /** Origins (`https://host:port`) at which the headers may be sent; redirects elsewhere lose them. Default: the first origin only. */
  readonly headersFor?: readonly string[];
  /** Origins that the operator wrote into the line's parameters, exempt from the rule against private addresses. */
  readonly trustedOrigins?: readonly string[];
}
