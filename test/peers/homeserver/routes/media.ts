import { randomBytes } from 'node:crypto';
import { notFound, Refused } from '../matrix-failure.ts';
import { at, Bytes, route, type Call, type Route } from '../route.ts';
import { uploadLimitBytes } from '../rules.ts';

export function mediaRoutes(): Route[] {
  const download = (call: Call): object => {
    const found = at(call, 0) === call.world.serverName ? call.world.media.get(at(call, 1)) : undefined;
    if (found === undefined) throw notFound('Not found');
    const name = at(call, 2) || found.fileName;
    return new Bytes(found.bytes, {
      'content-type': found.mimeType,
      'content-disposition':
        name === undefined ? 'inline' : `inline; filename*=utf-8''${encodeURIComponent(name)}`,
    });
  };
  return [
    route('POST', '/_matrix/media/v3/upload', ({ world, headers, body, query }) => {
      if (body.length > uploadLimitBytes)
        throw new Refused(413, 'M_TOO_LARGE', 'Upload request body is too large');
      const id = randomBytes(18).toString('hex');
      world.media.set(id, {
        bytes: body,
        mimeType: headers['content-type'] ?? 'application/octet-stream',
        fileName: query.get('filename') ?? undefined,
      });
      return { content_uri: `mxc://${world.serverName}/${id}` };
    }),
    route('GET', '/_matrix/client/v1/media/config', () => ({ 'm.upload.size': uploadLimitBytes })),
    route('GET', '/_matrix/client/v1/media/download/:server/:id', download),
    route('GET', '/_matrix/client/v1/media/download/:server/:id/:name', download),
  ];
}
