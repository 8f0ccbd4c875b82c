import { z } from 'zod';
import type { HomeserverSettings } from './matrix-side.ts';
import { matrixPath, type HomeserverClient } from './transport/homeserver-client.ts';

/**
 * Has the homeserver reach us, and gives how many milliseconds that took. One that had given us up then sends at once what it kept, instead of
 * after up to 512 s (Synapse). @throws {MatrixError}
 */
export async function pingThrough(client: HomeserverClient, settings: HomeserverSettings): Promise<number> {
  const { duration_ms } = await client.request({
    method: 'POST',
    path: matrixPath`/_matrix/client/v1/appservice/${settings.registration.id}/ping`,
    body: { transaction_id: `probe-${settings.id}` },
    schema: z.object({ duration_ms: z.number() }),
    retry: 'never',
  });
  return duration_ms;
}
