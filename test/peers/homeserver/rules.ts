/**
 * What the stand-in homeserver takes from Synapse, each rule with where it is known from. "source": read in Synapse 1.157
 * (module named); "seen": observed on Synapse 1.160 and held by test/e2e/synapse-stand-in.test.ts, which runs one script against both.
 */

/** Events in one transaction (source: appservice/scheduler.py, MAX_PERSISTENT_EVENTS_PER_TRANSACTION). */
export const eventsPerTransaction = 100;
/** Ephemeral events in one transaction (source: appservice/scheduler.py, MAX_EPHEMERAL_EVENTS_PER_TRANSACTION). */
export const ephemeralPerTransaction = 100;

/** An application service that has not answered by then counts as down (source: appservice/api.py over http/client.py). */
export const pushTimeoutMs = 60_000;

/**
 * Wait before the n-th retry of the oldest transaction, n from 1: 2, 4, 8 ... 512 s (source: appservice/scheduler.py, _Recoverer).
 * A ping that succeeds makes it retry at once (source: rest/client/appservice_ping.py; since 1.132).
 */
export function recoveryDelaySeconds(retry: number): number {
  return 2 ** Math.min(retry, 9);
}

/** A replayed transaction that was taken, with more behind it, counts so: where the next one fails, 4 s pass (source: as above). */
export const retriesAfterSuccess = 1;

/**
 * A Synapse that is killed (seen, 1.160, SQLite): what was in its queue for a service that was up is never pushed; the transaction in
 * flight stays in its database and is sent only when a later one fails, before that one. Neither the restart nor a ping brings it.
 * `restart(..., { killed: true })` does the same.
 */
export function isStrandedByKill(serviceWasUp: boolean): boolean {
  return serviceWasUp;
}

/**
 * Transaction ids of `send` and `redact` are remembered under the path and the requester. For an application service the requester
 * is the service, whoever it acts as; in memory only (source: rest/client/transactions.py). Errors are not remembered. With a device (`device_id`), or a user's own
 * token, they are kept with the event, under user, device and room, for 24 hours (source: storage of event_txn_id_device_id; seen).
 */
export function transactionKey(requester: {
  readonly path: string;
  readonly appservice: string | undefined;
  readonly user: string;
  readonly device: string | undefined;
}): { readonly key: string; readonly durable: boolean } {
  const { path, appservice, user, device } = requester;
  if (device !== undefined) return { key: `${user}\n${device}\n${path}`, durable: true };
  return { key: `${appservice ?? user}\n${path}`, durable: false };
}

/** Largest event (specification, Size limits; refused with 413 M_TOO_LARGE). */
export const largestEventBytes = 65_536;

/** Power levels of a new room (source: handlers/room.py; seen). `private_chat` and `trusted_private_chat` set invite to 0. */
export const newRoomPowerLevels = {
  users_default: 0,
  events: {
    'm.room.name': 50,
    'm.room.power_levels': 100,
    'm.room.history_visibility': 100,
    'm.room.canonical_alias': 50,
    'm.room.avatar': 50,
    'm.room.tombstone': 100,
    'm.room.server_acl': 100,
    'm.room.encryption': 100,
  },
  events_default: 0,
  state_default: 50,
  ban: 50,
  kick: 50,
  redact: 50,
  invite: 50,
  historical: 100,
} as const;

/** Defaults where an m.room.power_levels has no such key (specification, room version 11, Authorization rules). */
export const defaultPowerLevels = {
  users_default: 0,
  events_default: 0,
  state_default: 50,
  ban: 50,
  kick: 50,
  redact: 50,
  invite: 0,
} as const;

/** Presets (specification, createRoom). */
export const presets = {
  private_chat: { joinRule: 'invite', history: 'shared', guests: 'can_join' },
  trusted_private_chat: { joinRule: 'invite', history: 'shared', guests: 'can_join' },
  public_chat: { joinRule: 'public', history: 'shared', guests: 'forbidden' },
} as const;

export const roomVersion = '11';
export const versions = Array.from({ length: 12 }, (_, index) => `v1.${index + 1}`);
export const uploadLimitBytes = 100 * 1024 * 1024;
