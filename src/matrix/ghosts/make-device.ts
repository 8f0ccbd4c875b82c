import { z } from 'zod';
import type { MatrixUserId } from '../../platform/ids.ts';
import { matrixPath, type HomeserverClient } from '../transport/homeserver-client.ts';
import { isPassing, MatrixError } from '../transport/matrix-error.ts';

/** Each of our users has one device, of this name. */
export const deviceName = 'SWITCHBOARD';

/** What came of making a device. `refused`: the homeserver does not do this for us; `failed`: it may at another time. */
export type DeviceOutcome =
  | { readonly end: 'made' }
  | { readonly end: 'refused'; readonly reason: string }
  | { readonly end: 'failed'; readonly reason: string };

/**
 * Gives one of our users a device, or finds it there, and makes sure that the homeserver heeds it: one that knows nothing of
 * devices of application services ignores the claim without a word. Never throws.
 */
export async function makeDevice(client: HomeserverClient, user: MatrixUserId): Promise<DeviceOutcome> {
  try {
    await put(client, user);
  } catch (error) {
    // Forbidden is what a homeserver says of a user that it does not know.
    if (!isRefusal(error) || error.status === 403) return failedDevice(error);
    try {
      await logIn(client, user);
    } catch (second) {
      return isRefusal(second) ? { end: 'refused', reason: second.message } : failedDevice(second);
    }
  }
  try {
    if (await isHeeded(client, user)) return { end: 'made' };
    return { end: 'refused', reason: 'it does not heed the device of a request' };
  } catch (error) {
    return failedDevice(error);
  }
}

/** As {@link makeDevice}, where it is likely that the device is there. Never throws. */
export async function findOrMakeDevice(client: HomeserverClient, user: MatrixUserId): Promise<DeviceOutcome> {
  try {
    if (await isHeeded(client, user)) return { end: 'made' };
  } catch (error) {
    if (!isRefusal(error)) return failedDevice(error);
  }
  return makeDevice(client, user);
}

/** The homeserver says that the device which a request claims to come from does not exist: `M_UNKNOWN_DEVICE`, or its unstable name. */
export function isUnknownDevice(error: unknown): boolean {
  return error instanceof MatrixError && error.errcode.endsWith('M_UNKNOWN_DEVICE');
}

export function failedDevice(error: unknown): DeviceOutcome {
  if (!(error instanceof MatrixError)) throw error;
  return { end: 'failed', reason: error.message };
}

/** Specification v1.17 (MSC4190). Synapse 1.160 does it without `io.element.msc4190` in the registration. */
async function put(client: HomeserverClient, user: MatrixUserId): Promise<void> {
  await client.request({
    method: 'PUT',
    path: matrixPath`/_matrix/client/v3/devices/${deviceName}`,
    body: { display_name: 'Switchboard' },
    actAs: user,
    schema: z.unknown(),
    name: 'device',
  });
}

/** The way before that, with the flag refused. The access token that comes of it is used by nobody. */
async function logIn(client: HomeserverClient, user: MatrixUserId): Promise<void> {
  await client.request({
    method: 'POST',
    path: '/_matrix/client/v3/login',
    body: {
      type: 'm.login.application_service',
      identifier: { type: 'm.id.user', user },
      device_id: deviceName,
      initial_device_display_name: 'Switchboard',
    },
    schema: z.unknown(),
    retry: 'idempotent',
    name: 'login',
  });
}

async function isHeeded(client: HomeserverClient, user: MatrixUserId): Promise<boolean> {
  const { device_id } = await client.request({
    method: 'GET',
    path: '/_matrix/client/v3/account/whoami',
    actAs: user,
    device: deviceName,
    schema: z.object({ device_id: z.string().optional() }),
    name: 'whoami',
  });
  return device_id === deviceName;
}

function isRefusal(error: unknown): error is MatrixError {
  return error instanceof MatrixError && error.status !== 0 && error.status !== 401 && !isPassing(error);
}
