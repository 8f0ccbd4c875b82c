import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isInNamespace } from '../accounts.ts';
import { forbidden, notFound, Refused } from '../matrix-failure.ts';
import { at, bodyOf, route, type Call, type Route } from '../route.ts';
import { versions } from '../rules.ts';
import type { World } from '../world.ts';

const v3 = '/_matrix/client/v3';

export function accountRoutes(registrationSecret: string): Route[] {
  const nonces = new Set<string>();
  return [
    route(
      'GET',
      '/_matrix/client/versions',
      ({ world, headers }) => {
        const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
        // A token is not needed, but a wrong one is refused (seen).
        if (token !== undefined) world.accounts.authenticate(token, null, null);
        return { versions, unstable_features: {} };
      },
      true,
    ),
    route('GET', `${v3}/account/whoami`, ({ requester }) => ({
      user_id: requester.user,
      is_guest: false,
      ...(requester.device === undefined ? {} : { device_id: requester.device }),
    })),
    route('POST', `${v3}/register`, register, true),
    route(
      'GET',
      '/_synapse/admin/v1/register',
      () => {
        const nonce = randomBytes(16).toString('hex');
        nonces.add(nonce);
        return { nonce };
      },
      true,
    ),
    route(
      'POST',
      '/_synapse/admin/v1/register',
      (call) => registerBySecret(call, registrationSecret, nonces),
      true,
    ),
    route('GET', `${v3}/profile/:user`, ({ world, path }) => {
      const user = path[0] ?? '';
      if (!world.accounts.users.has(user)) throw new Refused(404, 'M_UNKNOWN', 'Profile was not found');
      return world.profile(user);
    }),
    route('GET', `${v3}/profile/:user/:field`, ({ world, path: [user = '', field = ''] }) => {
      if (!world.accounts.users.has(user)) throw new Refused(404, 'M_UNKNOWN', 'Profile was not found');
      const value = world.profile(user)[field];
      return value === undefined ? {} : { [field]: value };
    }),
    route('PUT', `${v3}/profile/:user/:field`, setProfile),
    route('PUT', `${v3}/presence/:user/status`, () => ({})),
  ];
}

function register(call: Call): object {
  const body = bodyOf(
    call,
    z.object({
      type: z.string().optional(),
      username: z.string(),
      inhibit_login: z.boolean().default(false),
      device_id: z.string().optional(),
    }),
  );
  if (body.type !== 'm.login.application_service') throw forbidden('Registration has been disabled');
  const token = /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1];
  const service = token === undefined ? undefined : call.world.accounts.appserviceOf(token);
  if (service === undefined) throw new Refused(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.');
  const { accounts, serverName } = call.world;
  const wanted = accounts.id(body.username);
  if (!isInNamespace(service, 'users', wanted) && body.username !== service.sender_localpart)
    throw new Refused(400, 'M_EXCLUSIVE', 'Invalid user localpart for this application service.');
  const { userId } = accounts.create(body.username);
  if (body.inhibit_login) return { user_id: userId, home_server: serverName };
  const issued = accounts.issueToken(userId, body.device_id);
  return { user_id: userId, home_server: serverName, access_token: issued.token, device_id: issued.device };
}

function registerBySecret(call: Call, secret: string, nonces: Set<string>): object {
  const body = bodyOf(
    call,
    z.object({
      nonce: z.string(),
      username: z.string(),
      password: z.string(),
      admin: z.boolean().default(false),
      mac: z.string(),
      displayname: z.string().optional(),
    }),
  );
  if (!nonces.delete(body.nonce)) throw new Refused(400, 'M_UNKNOWN', 'unrecognised nonce');
  const mac = createHmac('sha1', secret)
    .update([body.nonce, body.username, body.password, body.admin ? 'admin' : 'notadmin'].join('\0'))
    .digest('hex');
  if (mac !== body.mac) throw forbidden('HMAC incorrect');
  const { accounts, serverName } = call.world;
  const userId = accounts.id(body.username);
  if (accounts.isReserved('users', userId, undefined))
    throw new Refused(400, 'M_EXCLUSIVE', 'This user ID is reserved by an application service.');
  const account = accounts.create(body.username);
  account.password = body.password;
  if (body.displayname !== undefined) account.displayname = body.displayname;
  const issued = accounts.issueToken(userId);
  return { user_id: userId, home_server: serverName, access_token: issued.token, device_id: issued.device };
}

/** Also rewrites the membership in every room where the user is (seen). */
function setProfile(call: Call): object {
  const [user, field] = [at(call, 0), at(call, 1)];
  const { world, requester } = call;
  if (user !== requester.user) throw new Refused(400, 'M_FORBIDDEN', "Cannot set another user's displayname");
  if (field !== 'displayname' && field !== 'avatar_url') throw notFound('no such field');
  const value = bodyOf(call, z.record(z.string(), z.string()))[field] ?? '';
  const account = world.accounts.users.get(user);
  if (account === undefined) throw notFound('User not found');
  account[field] = value === '' ? undefined : value;
  rewriteMemberships(world, user);
  return {};
}

function rewriteMemberships(world: World, user: string): void {
  for (const room of world.rooms.values())
    if (room.membership(user) === 'join')
      room.store({
        sender: user,
        type: 'm.room.member',
        stateKey: user,
        content: { membership: 'join', ...world.profile(user) },
      });
}
