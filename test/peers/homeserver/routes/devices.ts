import { z } from 'zod';
import { isInNamespace } from '../accounts.ts';
import { forbidden, Refused } from '../matrix-failure.ts';
import { bodyOf, Created, route, type Call, type Route } from '../route.ts';

const v3 = '/_matrix/client/v3';

/** Devices as an application service makes them (specification v1.17; seen on Synapse 1.160, without `io.element.msc4190` in the registration). */
export function deviceRoutes(): Route[] {
  return [
    route('PUT', `${v3}/devices/:device`, ({ world, requester, path }) => {
      if (!world.accounts.hasDevices) throw new Refused(404, 'M_NOT_FOUND', 'No device found');
      return world.accounts.addDevice(requester.user, path[0] ?? '') ? new Created({}) : {};
    }),
    route('GET', `${v3}/devices`, ({ world, requester }) => ({
      devices: [...(world.accounts.users.get(requester.user)?.devices ?? [])].map((device_id) => ({
        device_id,
      })),
    })),
    route('POST', `${v3}/login`, logIn, true),
  ];
}

function logIn(call: Call): object {
  const body = bodyOf(
    call,
    z.object({
      type: z.string(),
      identifier: z.object({ user: z.string() }),
      password: z.string().optional(),
      device_id: z.string().optional(),
    }),
  );
  const { accounts, serverName } = call.world;
  const { user } = body.identifier;
  const account = accounts.users.get(user.startsWith('@') ? user : accounts.id(user));
  if (body.type === 'm.login.application_service') mayLogIn(call, account?.userId);
  else if (
    body.type !== 'm.login.password' ||
    account?.password === undefined ||
    account.password !== body.password
  )
    throw forbidden('Invalid username or password');
  const userId = account?.userId ?? '';
  const issued = accounts.issueToken(userId, body.device_id);
  return {
    user_id: userId,
    home_server: serverName,
    access_token: issued.token,
    device_id: issued.device,
  };
}

function mayLogIn(call: Call, user: string | undefined): void {
  const { accounts } = call.world;
  const token = /^Bearer (.+)$/.exec(call.headers.authorization ?? '')?.[1] ?? '';
  const service = accounts.appserviceOf(token);
  if (!accounts.hasDevices) throw new Refused(400, 'M_UNKNOWN', 'Unknown login type');
  const isItsOwn =
    service !== undefined &&
    user !== undefined &&
    (user === accounts.id(service.sender_localpart) || isInNamespace(service, 'users', user));
  if (!isItsOwn) throw forbidden('Invalid user localpart for this application service.');
}
