import type { HomeserverId, LineId, TenantId } from '../platform/ids.ts';
import {
  ChannelError,
  type Connection,
  type GuardedFetchOptions,
  type OpenMedia,
} from '../channels/channel.ts';
import type { MediaReference } from '../message/message.ts';

export interface MediaSources {
  /** Authenticated download from a homeserver. */
  download(homeserver: HomeserverId, mxc: string): Promise<OpenMedia>;
  connection(tenant: TenantId, line: LineId): Connection | undefined;
  fetch(url: string, options?: GuardedFetchOptions): Promise<OpenMedia>;
}

/** Gives the bytes of a file, wherever they are. @throws {ChannelError} when they cannot be had from a network */
export async function openMedia(
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
      throw new ChannelError(
        connection === undefined
          ? { kind: 'retry', certain: true, reason: 'the line of the file is not open' }
          : { kind: 'permanent', certain: true, reason: 'the network of the file keeps no files' },
      );
    }
  }
}
