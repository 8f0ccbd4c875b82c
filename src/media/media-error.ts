/**
 * `refused`: a rule of ours forbids it, asking again changes nothing; `tooLarge`: more bytes or pixels than allowed;
 * `status`: the server's answer was not the file; `unreachable`, `timeout`: there was no answer.
 */
export type MediaFailure = 'refused' | 'tooLarge' | 'status' | 'unreachable' | 'timeout';

/** A file that could not be had. The message names hosts and reasons, never paths, queries or headers: those can be secrets. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly failure: MediaFailure;
  readonly status: number | undefined;
  /** The server's Retry-After header as it came. */
  readonly retryAfter: string | undefined;
  constructor(
    failure: MediaFailure,
    message: string,
    details: { status?: number; retryAfter?: string | undefined } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.failure = failure;
    this.status = details.status;
    this.retryAfter = details.retryAfter;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    if (this.failure === 'status')
      return this.status === 429 || this.status === 408 || (this.status ?? 0) >= 500;
    return this.failure === 'unreachable' || this.failure === 'timeout';
  }
}
