import { createHmac, randomBytes } from 'node:crypto';

export interface RegisteredUser {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
  readonly password: string;
}

/** Makes an account with Synapse's registration secret; no one needs to be an administrator. @throws {Error} when it is refused */
export async function registerUser(options: {
  readonly base: string;
  readonly registrationSecret: string;
  readonly name: string;
  readonly password?: string;
  readonly displayName?: string;
  readonly admin?: boolean;
}): Promise<RegisteredUser> {
  const at = `${options.base}/_synapse/admin/v1/register`;
  const password = options.password ?? randomBytes(18).toString('base64url');
  const { nonce } = (await (await fetch(at)).json()) as { nonce: string };
  const admin = options.admin ?? false;
  const mac = createHmac('sha1', options.registrationSecret)
    .update([nonce, options.name, password, admin ? 'admin' : 'notadmin'].join('\0'))
    .digest('hex');
  const answer = await fetch(at, {
    method: 'POST',
    body: JSON.stringify({
      nonce,
      username: options.name,
      password,
      admin,
      mac,
      ...(options.displayName === undefined ? {} : { displayname: options.displayName }),
    }),
  });
  const body = (await answer.json()) as Record<string, string>;
  if (!answer.ok) throw new Error(`registering ${options.name}: ${answer.status} ${body['error'] ?? ''}`);
  return {
    userId: body['user_id'] ?? '',
    accessToken: body['access_token'] ?? '',
    deviceId: body['device_id'] ?? '',
    password,
  };
}
