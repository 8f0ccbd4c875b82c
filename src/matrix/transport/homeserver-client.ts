import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { OpenMedia } from '../../media/open-media.ts';
import type { MatrixEventId, MatrixRoomId, MatrixUserId } from '../../platform/ids.ts';

/** The client-server API of one homeserver, as its application service. Every failure is a {@link MatrixError}. */
export interface HomeserverClient {
  /** One JSON call. The answer is checked against `schema`. @throws {MatrixError} */
  request<T>(request: HomeserverRequest<T>): Promise<T>;
  /** An event with a transaction id: repeated with the same id it is the same event, as long as the homeserver remembers (see `device`). @throws {MatrixError} */
  sendEvent(event: OutgoingEvent): Promise<MatrixEventId>;
  /** Gives the `mxc://` URI. @throws {MatrixError} */
  upload(upload: MediaUpload): Promise<string>;
  /** Authenticated media (client v1), streaming. The caller consumes or destroys the stream. @throws {MatrixError} */
  download(mxc: string, options?: { readonly timeoutMs?: number }): Promise<OpenMedia>;
  close(): Promise<void>;
}

export interface HomeserverRequest<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Begins with `/_matrix/`, segments encoded: write it with {@link matrixPath}. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** JSON. Left out, POST and PUT send `{}`. */
  readonly body?: unknown;
  /** The user of ours on whose behalf we act; without it, the bot. */
  readonly actAs?: MatrixUserId;
  /** The device of `actAs` that the request claims to come from. It must exist. Synapse then keeps transaction ids for about a day in its database instead of 30 minutes in memory. */
  readonly device?: string;
  readonly schema: z.ZodType<T>;
  /** For one attempt, from sending to the end of the answer. Default 30 s. */
  readonly timeoutMs?: number;
  /**
   * `idempotent`: repeated after 429, 502, 503, 504 and network faults, with backoff and jitter. `limited`: only after what certainly
   * had no effect (429, no connection). `never`: one attempt. Default: `idempotent` for GET and PUT, otherwise `limited`.
   */
  readonly retry?: RetryMode;
  /** What the metrics call it, e.g. `createRoom`. Few values. */
  readonly name?: string;
}

export type RetryMode = 'idempotent' | 'limited' | 'never';

/** As whom a request is made, from which device of theirs, and how far the transport repeats it. */
export type Asserted = Pick<HomeserverRequest<unknown>, 'actAs' | 'device' | 'retry'>;

export interface OutgoingEvent extends Asserted {
  readonly room: MatrixRoomId;
  readonly type: string;
  readonly content: object;
  /** Derived from the delivery, and unique over all ghosts and rooms: Synapse's memory does not look at the user. */
  readonly txnId: string;
  /** When it was really said (`ts`), milliseconds since the epoch. */
  readonly at?: number;
}

export interface MediaUpload {
  /** Bytes, or what opens the stream anew for each attempt. */
  readonly body: Uint8Array | (() => Readable | Promise<Readable>);
  readonly sizeBytes?: number;
  readonly mimeType: string;
  readonly fileName?: string;
  readonly actAs?: MatrixUserId;
  readonly timeoutMs?: number;
}

/** Told after each attempt; for metrics. */
export type TransportObserver = (attempt: {
  readonly name: string;
  /** 0 where no answer came. */
  readonly status: number;
  readonly durationMs: number;
  readonly retried: boolean;
}) => void;

/** A path whose values are encoded as one segment each: matrixPath`/_matrix/client/v3/rooms/${room}/join`. */
export function matrixPath(literals: TemplateStringsArray, ...segments: readonly string[]): string {
  return literals.reduce(
    (path, literal, index) => path + encodeURIComponent(segments[index - 1] ?? '') + literal,
  );
}
