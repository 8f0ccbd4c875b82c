/** What a homeserver refused, or what kept us from its answer. Its texts never contain tokens, queries or bodies of ours. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError';
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The specification's code (`M_FORBIDDEN`), or one of ours: see {@link LocalErrcode}. */
  readonly errcode: string;
  /** What the homeserver asked us to wait before the next try. */
  readonly retryAfterMs: number | undefined;
  /** True where the request certainly had no effect; false where it may have been carried out (a lost answer, a 5xx). */
  readonly certain: boolean;
  constructor(
    failure: {
      readonly status: number;
      readonly errcode: string;
      readonly message: string;
      readonly certain: boolean;
      readonly retryAfterMs?: number | undefined;
    },
    options?: ErrorOptions,
  ) {
    super(failure.message, options);
    this.status = failure.status;
    this.errcode = failure.errcode;
    this.certain = failure.certain;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/**
 * Codes that we give where no Matrix error came: no connection or a broken one, no answer in time, an answer that is not what
 * the specification says, a file to upload that cannot be read, the transport closed by us.
 */
export type LocalErrcode =
  'SWITCHBOARD_UNREACHABLE' | 'SWITCHBOARD_TIMEOUT' | 'SWITCHBOARD_BAD_ANSWER' | 'SWITCHBOARD_CLOSED';

/** Whether a later attempt may succeed without anybody changing anything: rate limits, server faults, network faults. */
export function isPassing(error: MatrixError): boolean {
  if (error.status === 0) return error.errcode !== 'SWITCHBOARD_CLOSED';
  if (error.errcode === 'M_LIMIT_EXCEEDED' || error.status === 429) return true;
  return error.status >= 500;
}
