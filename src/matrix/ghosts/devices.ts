import type { Clock } from '../../platform/clock.ts';
import type { HomeserverId, MatrixUserId, TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { defineCollection, put, systemTenant, type Store } from '../../store/store.ts';
import { createRecent } from '../recent.ts';
import type { SingleFlight } from '../rooms/single-flight.ts';
import type { HomeserverClient } from '../transport/homeserver-client.ts';
import { ghosts, putGhost } from './ghost-records.ts';
import { deviceName, failedDevice, makeDevice, type DeviceOutcome } from './make-device.ts';
import { localpartOf, registerUser } from './register-user.ts';

/**
 * The devices of our users on one homeserver. A request that names one is remembered with its transaction id in the homeserver's
 * database; without, Synapse keeps it in memory for half an hour at least, and forgets it when it restarts.
 */
export interface Devices {
  /** The device from which this user's requests are to come, made where there is none yet; undefined where it cannot have one. Holds up nothing: never throws for what the homeserver says. */
  of(tenant: TenantId, user: MatrixUserId): Promise<string | undefined>;
  /** The homeserver no longer knows the device: makes it again. */
  renew(tenant: TenantId, user: MatrixUserId): Promise<string | undefined>;
  /** What the probe found out, with the bot, about this homeserver. */
  learn(outcome: DeviceOutcome): Promise<void>;
}

/** Whether a homeserver has devices for us, as was seen last. Of the installation; id: the homeserver. */
const deviceSupport = defineCollection<{ readonly refused?: string }>('device-support');

/** A homeserver that could not make a device is not asked for the same one again within this time. */
const askAgainMs = 60_000;

export function createDevices(parts: {
  readonly homeserver: HomeserverId;
  readonly bot: MatrixUserId;
  readonly client: HomeserverClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** One after the other for each user: its record is read, changed and written. */
  readonly oneAtATime: SingleFlight;
}): Devices {
  const { homeserver, bot, client, store, clock, logger, oneAtATime } = parts;
  const known = createRecent<true>(10_000);
  const notBefore = createRecent<number>(10_000);
  let refusal: Promise<string | undefined> | undefined;

  const refused = (): Promise<string | undefined> =>
    (refusal ??= store.get(systemTenant, deviceSupport, homeserver).then(
      (stored) => stored?.value.refused,
      (error: unknown) => {
        refusal = undefined;
        throw error;
      },
    ));

  const remember = async (outcome: DeviceOutcome): Promise<void> => {
    if (outcome.end === 'failed') return;
    const before = await refused();
    const now = outcome.end === 'refused' ? outcome.reason : undefined;
    const stored = await store.get(systemTenant, deviceSupport, homeserver);
    if (stored !== undefined && before === now) return;
    refusal = Promise.resolve(now);
    await store.commit(systemTenant, [
      put(deviceSupport, homeserver, now === undefined ? {} : { refused: now }, 'any'),
    ]);
  };

  /** Rooms can be made by a bot that was never registered; devices cannot. */
  const registeredThenMade = async (user: MatrixUserId): Promise<DeviceOutcome> => {
    if (user === bot) {
      try {
        await registerUser(client, localpartOf(bot));
      } catch (error) {
        return failedDevice(error);
      }
    }
    return makeDevice(client, user);
  };

  const keep = async (owner: TenantId, user: MatrixUserId, outcome: DeviceOutcome): Promise<void> => {
    await remember(outcome);
    if (outcome.end !== 'made') {
      notBefore.set(user, clock.now() + askAgainMs);
      logger.debug({ user, reason: outcome.reason }, 'A user of ours has no device');
      return;
    }
    known.set(user, true);
    const stored = await store.get(owner, ghosts, user);
    if (stored?.value.device === deviceName) return;
    // That a ghost has a record says that it is registered, which is not for us to say.
    if (stored !== undefined || user === bot)
      await store.commit(owner, [putGhost(user, { ...stored?.value, device: deviceName })]);
  };

  const make = async (owner: TenantId, user: MatrixUserId): Promise<string | undefined> => {
    const outcome = await registeredThenMade(user);
    await keep(owner, user, outcome);
    return outcome.end === 'made' ? deviceName : undefined;
  };

  const ownerOf = (tenant: TenantId, user: MatrixUserId): TenantId => (user === bot ? systemTenant : tenant);

  return {
    async of(tenant, user) {
      // A homeserver that was taken back to an older version heeds no device any more.
      if ((await refused()) !== undefined) return undefined;
      if (known.get(user) === true) return deviceName;
      if ((notBefore.get(user) ?? 0) > clock.now()) return undefined;
      const owner = ownerOf(tenant, user);
      return oneAtATime(user, async () => {
        const stored = await store.get(owner, ghosts, user);
        if (stored?.value.device === undefined) return make(owner, user);
        known.set(user, true);
        return stored.value.device;
      });
    },
    async renew(tenant, user) {
      known.remove(user);
      return oneAtATime(user, async () => make(ownerOf(tenant, user), user));
    },
    async learn(outcome) {
      await oneAtATime(bot, async () => keep(systemTenant, bot, outcome));
    },
  };
}
