import { z } from 'zod';
import type { HomeserverClient } from '../transport/homeserver-client.ts';
import { MatrixError } from '../transport/matrix-error.ts';

/** Makes one of our users known to the homeserver. True: it is new. `name`: what the metrics call it. @throws {MatrixError} */
export async function registerUser(
  client: HomeserverClient,
  localpart: string,
  name = 'register',
): Promise<boolean> {
  try {
    await client.request({
      method: 'POST',
      path: '/_matrix/client/v3/register',
      body: { type: 'm.login.application_service', username: localpart, inhibit_login: true },
      schema: z.unknown(),
      retry: 'idempotent',
      name,
    });
    return true;
  } catch (error) {
    if (error instanceof MatrixError && error.errcode === 'M_USER_IN_USE') return false;
    throw error;
  }
}

export function localpartOf(user: string): string {
  return user.slice(1, user.indexOf(':'));
}
