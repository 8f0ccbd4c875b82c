import { ChannelError } from '../../channels/channel.ts';
import { DeliveryFailure } from '../../delivery/delivery.ts';
import { imageDimensions, type ImageDimensions } from '../../media/image-dimensions.ts';
import { MediaError } from '../../media/media-error.ts';
import type { OpenMedia } from '../../media/open-media.ts';
import { trueMimeType } from '../../media/sniff.ts';
import type { MediaReference } from '../../message/message.ts';
import type { HomeserverId, TenantId } from '../../platform/ids.ts';
import type { UploadedMedia } from '../events/to-room-event.ts';
import type { HomeserverClient } from '../transport/homeserver-client.ts';
import { isPassing, MatrixError } from '../transport/matrix-error.ts';
import { readUpTo, TooLarge } from './read-limited.ts';
import { spool } from './spool.ts';
import { createUploadLimit } from './upload-limit.ts';

/** Opens media wherever it is. Rejects with a {@link ChannelError} where it cannot be had. */
export type OpenMediaOf = (tenant: TenantId, reference: MediaReference) => Promise<OpenMedia>;

/** Brings files into the homeserver's media repository. */
export interface MediaToRoom {
  /**
   * The `mxc://` address of a file: its own where it is on this homeserver already.
   * @throws {MediaUnavailable} when it can never be had
   * @throws {DeliveryFailure} `retry`, when it cannot be had now
   */
  upload(tenant: TenantId, reference: MediaReference): Promise<UploadedMedia>;
  /** A text of ours as a file. @throws {MatrixError} */
  uploadText(text: string, fileName: string): Promise<UploadedMedia>;
  /** The bytes of a small file. @throws as `upload` */
  bytes(
    tenant: TenantId,
    reference: MediaReference,
    maxBytes: number,
  ): Promise<{ readonly bytes: Buffer; readonly mimeType: string }>;
}

/** A file that nobody will get, and why, in words for the room. */
export class MediaUnavailable extends Error {
  override readonly name = 'MediaUnavailable';
  readonly reason: string;
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** Up to this size a file is held in memory, where a picture's dimensions can be read; above, on disk. */
const inMemory = 8 * 1024 * 1024;

export function createMediaToRoom(parts: {
  readonly client: HomeserverClient;
  readonly homeserver: HomeserverId;
  readonly openMedia: OpenMediaOf;
}): MediaToRoom {
  const { client, homeserver, openMedia } = parts;
  const uploadLimit = createUploadLimit(client);

  const upload = async (tenant: TenantId, reference: MediaReference): Promise<UploadedMedia> => {
    const limit = await uploadLimit();
    if (reference.sizeBytes !== undefined && reference.sizeBytes > limit) throw new TooLarge(limit);
    const opened = await openMedia(tenant, reference);
    if (opened.sizeBytes !== undefined && opened.sizeBytes > limit) {
      opened.stream.destroy();
      throw new TooLarge(limit);
    }
    const fileName = reference.fileName ?? opened.fileName;
    const start = await readUpTo(opened.stream, Math.min(inMemory, limit));
    // Whoever sends a file can call it what they like: Element and the homeserver must not take a page for a picture.
    const mimeType = trueMimeType(opened.mimeType, start.bytes);
    const about = { mimeType, ...(fileName === undefined ? {} : { fileName }) };
    const dimensions = dimensionsOf(start.bytes);
    if (start.complete) {
      const mxc = await client.upload({ ...about, body: start.bytes, sizeBytes: start.bytes.length });
      return { mxc, mimeType, sizeBytes: start.bytes.length, ...dimensions };
    }
    if (inMemory >= limit) {
      opened.stream.destroy();
      throw new TooLarge(limit);
    }
    // Homeservers want to know the length beforehand, and not every source says it.
    const file = await spool([start.bytes, opened.stream], limit);
    try {
      const { sizeBytes } = file;
      return {
        mxc: await client.upload({ ...about, body: () => file.open(), sizeBytes }),
        mimeType,
        sizeBytes,
        ...dimensions,
      };
    } finally {
      await file.remove();
    }
  };

  return {
    async upload(tenant, reference) {
      const { source } = reference;
      if (source.type === 'matrix' && source.homeserver === homeserver) {
        const { mimeType, sizeBytes } = reference;
        return { mxc: source.mxc, mimeType, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
      }
      try {
        return await upload(tenant, reference);
      } catch (error) {
        throw mediaFailure(error);
      }
    },
    async uploadText(text, fileName) {
      const body = Buffer.from(text.toWellFormed());
      const mimeType = 'text/plain';
      const mxc = await client.upload({ body, mimeType: `${mimeType}; charset=utf-8`, fileName });
      return { mxc, mimeType, sizeBytes: body.length };
    },
    async bytes(tenant, reference, maxBytes) {
      try {
        const opened = await openMedia(tenant, reference);
        const { bytes, complete } = await readUpTo(opened.stream, maxBytes);
        if (complete) return { bytes, mimeType: opened.mimeType };
        opened.stream.destroy();
        throw new TooLarge(maxBytes);
      } catch (error) {
        throw mediaFailure(error);
      }
    },
  };
}

/** A picture that is too large to be unpacked still is a file that can be shown without its size. */
function dimensionsOf(start: Uint8Array): ImageDimensions | undefined {
  try {
    return imageDimensions(start);
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}

/** What a failed fetch or upload means for the message; what is not recognised may pass. */
function mediaFailure(error: unknown): unknown {
  if (error instanceof MediaError && !error.retryable)
    return new MediaUnavailable(error.message, { cause: error });
  if (error instanceof TooLarge) return new MediaUnavailable(error.message, { cause: error });
  if (error instanceof ChannelError && error.kind !== 'retry' && error.kind !== 'unauthorised') {
    return new MediaUnavailable(error.reason, { cause: error });
  }
  if (error instanceof MatrixError && error.status === 413) {
    return new MediaUnavailable('too large for the homeserver', { cause: error });
  }
  if (error instanceof MatrixError && (error.status === 404 || error.status === 415)) {
    return new MediaUnavailable('not there any more', { cause: error });
  }
  if (error instanceof MatrixError && !isPassing(error)) return error;
  const retryAfterMs =
    error instanceof MatrixError || error instanceof ChannelError ? error.retryAfterMs : undefined;
  const reason = `the file could not be fetched: ${error instanceof ChannelError ? error.reason : messageOf(error)}`;
  return new DeliveryFailure({ kind: 'retry', certain: true, reason, retryAfterMs }, { cause: error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
