import { z } from 'zod';
import type { MatrixRoomId, MatrixUserId } from '../platform/ids.ts';
import { as } from '../platform/ids.ts';
import { registerUser } from './ghosts/register-user.ts';
import type { HomeserverSettings, ProbeFinding, ProbeOptions } from './matrix-side.ts';
import { findOrMakeDevice } from './ghosts/make-device.ts';
import { pingThrough } from './ping.ts';
import { explainDevices, explainPing, explainToken, explainUnreachable } from './probe-explanations.ts';
import { matrixPath, type HomeserverClient } from './transport/homeserver-client.ts';
import { MatrixError } from './transport/matrix-error.ts';

const anything = z.unknown();
/** Counted apart from the users that conversations need, of whom none is registered twice. */
const probesRegister = 'POST register';
/** More than Synapse's default burst of 10 for whoever is not exempt. */
const burst = 12;

/**
 * Checks what Switchboard needs of a homeserver, and asks it to send what it kept for us. Never throws: what is wrong is a finding.
 * Listen before calling it, because the homeserver calls back.
 */
export async function probeHomeserver(
  client: HomeserverClient,
  settings: HomeserverSettings,
  options: ProbeOptions = {},
): Promise<ProbeFinding[]> {
  const reach = await check(
    'homeserver',
    () => checkVersions(client),
    (error) => explainUnreachable(error, settings),
  );
  if (!reach.ok) return [reach];
  const token = await check(
    'as_token',
    () => checkToken(client, settings),
    (error) => explainToken(error, settings),
  );
  if (!token.ok) return [reach, token];
  const findings = [
    reach,
    token,
    await check('bot', () => checkBot(client, settings)),
    await check('namespace', () => checkNamespace(client, settings)),
    await check('rate limits', () => checkRateLimit(client, settings, options.measureRateLimit ?? false)),
    await check('devices', () => checkDevices(client, settings, options.onDevices)),
    await check('media', () => checkMedia(client)),
    await check(
      'ping',
      async () => `the homeserver reached us in ${await pingThrough(client, settings)} ms`,
      (error) => explainPing(error, settings),
    ),
  ];
  return findings;
}

/** What was found; or throws, `Wrong` where it can say the cure itself. */
async function check(
  name: string,
  look: () => Promise<string>,
  explain: (error: MatrixError) => string = ({ message }) =>
    `unexpected answer of the homeserver: ${message}`,
): Promise<ProbeFinding> {
  try {
    return { check: name, ok: true, detail: await look() };
  } catch (error) {
    if (error instanceof Wrong) return { check: name, ok: false, detail: error.message };
    if (error instanceof MatrixError) return { check: name, ok: false, detail: explain(error) };
    throw error;
  }
}

class Wrong extends Error {}

async function checkVersions(client: HomeserverClient): Promise<string> {
  try {
    const { versions } = await client.request({
      method: 'GET',
      path: '/_matrix/client/versions',
      schema: z.object({ versions: z.array(z.string()) }),
      timeoutMs: 10_000,
    });
    return `speaks ${versions.at(-1) ?? 'no version'} of the specification`;
  } catch (error) {
    // Synapse wants no token here, but refuses a wrong one: a homeserver it is, and the next check tells the cure.
    if (error instanceof MatrixError && error.errcode === 'M_UNKNOWN_TOKEN') return 'answers';
    throw error;
  }
}

async function checkToken(client: HomeserverClient, settings: HomeserverSettings): Promise<string> {
  const user = await whoAmI(client);
  const expected = botOf(settings);
  if (user === expected) return `we are ${user}`;
  const domain = user.slice(user.indexOf(':') + 1);
  if (domain !== settings.domain)
    throw new Wrong(
      `the homeserver's name is ${domain}, the config file says ${settings.domain}: set the domain of homeserver ${settings.id} to ${domain} and make the registration anew`,
    );
  throw new Wrong(
    `the homeserver takes us for ${user} instead of ${expected}: its registration file has another sender_localpart, give it ours and restart it`,
  );
}

async function checkBot(client: HomeserverClient, settings: HomeserverSettings): Promise<string> {
  const fresh = await registerUser(client, settings.registration.senderLocalpart, probesRegister);
  return fresh ? `${botOf(settings)} was registered` : `${botOf(settings)} exists`;
}

async function checkNamespace(client: HomeserverClient, settings: HomeserverSettings): Promise<string> {
  const { prefix } = settings.registration;
  const user = probeUser(settings);
  try {
    await registerUser(client, `${prefix}probe`, probesRegister);
    const seen = await whoAmI(client, user);
    if (seen !== user) throw new Wrong(`acting as ${user} the homeserver takes us for ${seen}`);
    return `may act as @${prefix}…:${settings.domain}`;
  } catch (error) {
    if (error instanceof MatrixError && (error.errcode === 'M_EXCLUSIVE' || error.errcode === 'M_FORBIDDEN'))
      throw new Wrong(
        `the homeserver does not let us act as ${user} (${error.errcode}): its registration file has other namespaces, or another application service has claimed them; give it our file and restart it`,
      );
    throw error;
  }
}

async function checkRateLimit(
  client: HomeserverClient,
  settings: HomeserverSettings,
  measure: boolean,
): Promise<string> {
  if (!measure)
    return 'not measured: the registration asks for exemption (rate_limited: false); 429 is obeyed in any case';
  const room = await probeRoom(client, settings);
  try {
    for (let count = 0; count < burst; count += 1)
      await client.request({
        method: 'PUT',
        path: matrixPath`/_matrix/client/v3/rooms/${room}/state/switchboard.probe/${''}`,
        body: { count, of: burst },
        actAs: probeUser(settings),
        schema: anything,
        retry: 'never',
        name: 'PUT rooms/state',
      });
    return `${burst} events at once were taken: exempt`;
  } catch (error) {
    if (error instanceof MatrixError && error.status === 429)
      throw new Wrong(
        "our users are rate limited: set rate_limited: false in the homeserver's registration file and restart it, or messages will be late",
      );
    throw error;
  }
}

/** Never wrong: it can be done without, and what is done instead costs little. */
async function checkDevices(
  client: HomeserverClient,
  settings: HomeserverSettings,
  onDevices: ProbeOptions['onDevices'],
): Promise<string> {
  const outcome = await findOrMakeDevice(client, as(botOf(settings)));
  await onDevices?.(outcome);
  return explainDevices(outcome);
}

async function checkMedia(client: HomeserverClient): Promise<string> {
  try {
    const config = await client.request({
      method: 'GET',
      path: '/_matrix/client/v1/media/config',
      schema: z.object({ 'm.upload.size': z.number().optional() }),
    });
    const limit = config['m.upload.size'];
    return limit === undefined ? 'files of any size' : `files up to ${Math.floor(limit / 1024 / 1024)} MiB`;
  } catch (error) {
    if (error instanceof MatrixError && error.status === 404)
      throw new Wrong(
        'the homeserver has no authenticated media (v1.11 of the specification): upgrade it, or no files can be relayed',
      );
    throw error;
  }
}

async function whoAmI(client: HomeserverClient, actAs?: MatrixUserId): Promise<string> {
  const { user_id } = await client.request({
    method: 'GET',
    path: '/_matrix/client/v3/account/whoami',
    schema: z.object({ user_id: z.string() }),
    ...(actAs === undefined ? {} : { actAs }),
  });
  return user_id;
}

/** One room for all measurements, found again by its alias. */
async function probeRoom(client: HomeserverClient, settings: HomeserverSettings): Promise<MatrixRoomId> {
  const schema = z.object({ room_id: z.string() });
  const alias = `${settings.registration.prefix}probe`;
  try {
    const found = await client.request({
      method: 'GET',
      path: matrixPath`/_matrix/client/v3/directory/room/${`#${alias}:${settings.domain}`}`,
      schema,
    });
    return as<MatrixRoomId>(found.room_id);
  } catch (error) {
    if (!(error instanceof MatrixError) || error.errcode !== 'M_NOT_FOUND') throw error;
  }
  const made = await client.request({
    method: 'POST',
    path: '/_matrix/client/v3/createRoom',
    body: { room_alias_name: alias, preset: 'private_chat', creation_content: { 'm.federate': false } },
    actAs: probeUser(settings),
    schema,
  });
  return as<MatrixRoomId>(made.room_id);
}

function botOf(settings: HomeserverSettings): string {
  return `@${settings.registration.senderLocalpart}:${settings.domain}`;
}

function probeUser(settings: HomeserverSettings): MatrixUserId {
  return as<MatrixUserId>(`@${settings.registration.prefix}probe:${settings.domain}`);
}
