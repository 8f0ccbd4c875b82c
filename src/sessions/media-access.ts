import { pipeline } from 'node:stream';
import type { HomeserverId, LineId, TenantId } from '../platform/ids.ts';
import {
  ChannelError,
  type Connection,
  type GuardedFetchOptions,
  type MediaAccess,
  type OpenMedia,
} from '../channels/channel.ts';
import { isPassing, MatrixError } from '../matrix/transport/matrix-error.ts';
import { MediaError } from '../media/media-error.ts';
import { limitBytes } from '../media/media-limit.ts';
import type { MediaReference } from '../message/message.ts';

export interface MediaSources {
  /** Authenticated download from a homeserver. */
  download(homeserver: HomeserverId, mxc: string): Promise<OpenMedia>;
  connection(tenant: TenantId, line: LineId): Connection | undefined;
  fetch(url: string, options?: GuardedFetchOptions): Promise<OpenMedia>;
  /** Larger files are not carried, wherever they are. */
  readonly maxBytes: number;
}

/** Gives the bytes of a file, wherever they are. @throws {ChannelError} when they cannot be had */
export async function openMedia(
  sources: MediaSources,
  tenant: TenantId,
  reference: MediaReference,
): Promise<OpenMedia> {
  try {
    return limited(await openSource(sources, tenant, reference), sources.maxBytes);
  } catch (error) {
    throw asChannelError(error);
  }
}

/** @throws {MediaError} at once where the size is told; else the stream fails with one */
function limited(file: OpenMedia, maxBytes: number): OpenMedia {
  if (file.sizeBytes !== undefined && file.sizeBytes > maxBytes) {
    file.stream.destroy();
    throw new MediaError(
      'tooLarge',
      `${String(file.sizeBytes)} bytes, at most ${String(maxBytes)} are taken`,
    );
  }
  return { ...file, stream: pipeline(file.stream, limitBytes(maxBytes), () => undefined) };
}

async function openSource(
  sources: MediaSources,
  tenant: TenantId,
  { source }: MediaReference,
): Promise<OpenMedia> {
  switch (source.type) {
    case 'matrix':
      return sources.download(source.homeserver as HomeserverId, source.mxc);
    case 'url':
      return sources.fetch(source.url);
    case 'channel': {
      const connection = sources.connection(tenant, source.line as LineId);
      if (connection?.fetchMedia !== undefined) return connection.fetchMedia(source.reference);
      throw connection === undefined
        ? new ChannelError({ kind: 'retry', certain: true, reason: 'the line of the file is not open' })
        : new ChannelError({
            kind: 'permanent',
            certain: true,
            reason: 'the network of the file keeps no files',
          });
    }
  }
}

/** The guarded client as lines have it. */
export function lineFetch(fetch: MediaSources['fetch']): MediaAccess['fetch'] {
  return async (url, options) =>
    fetch(url, options).catch((error: unknown) => {
      throw asChannelError(error);
    });
}

/** Nothing goes out by reading a file: every failure is certain. */
function asChannelError(error: unknown): unknown {
  if (error instanceof MediaError) {
    return new ChannelError(
      {
        kind: error.retryable ? 'retry' : 'permanent',
        certain: true,
        reason: `the file could not be had: ${error.message}`,
      },
      { cause: error },
    );
  }
  if (error instanceof MatrixError) {
    const passing = isPassing(error);
    return new ChannelError(
      {
        kind: passing ? 'retry' : 'permanent',
        certain: true,
        reason: 'the homeserver did not give the file',
      },
      { cause: error },
    );
  }
  return error;
}
