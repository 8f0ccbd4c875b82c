import type { MatrixEventId, MatrixUserId, TenantId } from '../../platform/ids.ts';
import { isUnknownDevice } from '../ghosts/make-device.ts';
import type { RoomRecord } from '../room-operation.ts';
import type { Asserted } from '../transport/homeserver-client.ts';
import type { OperationContext, RoomDelivery } from './context.ts';
import { findEcho } from './find-echo.ts';

/** Synapse forgets the transaction ids of devices after 24 hours; an hour less, for clocks that differ. */
const rememberedMs = 23 * 3_600_000;

/**
 * Sends a delivery's event so that it is in the room once, however often this is repeated. From a device, the homeserver itself
 * recognises the repetition. Without one, or when it is too long ago, an attempt after one that may have gone out looks for its
 * event first; and the transport repeats only what certainly had no effect, so that every other repetition comes by here.
 * @throws {MatrixError}
 */
export async function sendOnce(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  place: { readonly room: RoomRecord; readonly actAs: MatrixUserId | undefined },
  send: (asserted: Asserted) => Promise<MatrixEventId>,
): Promise<MatrixEventId> {
  const { devices, names, clock } = context;
  const { room, actAs } = place;
  const user = actAs ?? names.bot;
  let device = await devices.of(tenant, user);
  let isRemembered = device !== undefined && clock.now() - delivery.createdAt < rememberedMs;
  for (let renewed = false; ; renewed = true) {
    if (delivery.unclearBefore && !isRemembered) {
      const echo = await findEcho(context, room, actAs, delivery.id);
      if (echo !== undefined) return echo;
    }
    try {
      return await send(assertedBy(user, device));
    } catch (error) {
      if (renewed || device === undefined || !isUnknownDevice(error)) throw error;
      // With the device the homeserver forgot what it sent.
      device = await devices.renew(tenant, user);
      isRemembered = false;
    }
  }
}

/** As {@link sendOnce}, for what does no harm when it is repeated. */
export async function sendFromDevice(
  context: OperationContext,
  tenant: TenantId,
  user: MatrixUserId,
  send: (asserted: Asserted) => Promise<MatrixEventId>,
): Promise<MatrixEventId> {
  const { devices } = context;
  const device = await devices.of(tenant, user);
  try {
    return await send(device === undefined ? { actAs: user } : { actAs: user, device });
  } catch (error) {
    if (device === undefined || !isUnknownDevice(error)) throw error;
    return send({ ...assertedBy(user, await devices.renew(tenant, user)), retry: 'idempotent' });
  }
}

/** Also of the bot the user is named: Synapse 1.160 answers 500 to a device without a user. */
function assertedBy(user: MatrixUserId, device: string | undefined): Asserted {
  return device === undefined ? { actAs: user, retry: 'limited' } : { actAs: user, device };
}
