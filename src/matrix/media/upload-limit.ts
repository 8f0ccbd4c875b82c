import { z } from 'zod';
import type { HomeserverClient } from '../transport/homeserver-client.ts';
import { MatrixError } from '../transport/matrix-error.ts';

const mediaConfig = z.object({ 'm.upload.size': z.number().positive().optional() });

/** The largest file that the homeserver takes, in bytes, asked once; Infinity where it does not say. @throws {MatrixError} */
export function createUploadLimit(client: HomeserverClient): () => Promise<number> {
  let known: number | undefined;
  return async () => {
    known ??= await ask(client);
    return known;
  };
}

async function ask(client: HomeserverClient): Promise<number> {
  try {
    const path = '/_matrix/client/v1/media/config';
    const answer = await client.request({ method: 'GET', path, schema: mediaConfig, name: 'mediaConfig' });
    return answer['m.upload.size'] ?? Infinity;
  } catch (error) {
    if (error instanceof MatrixError && error.status >= 400 && error.status < 500 && error.status !== 429) {
      return Infinity;
    }
    throw error;
  }
}
