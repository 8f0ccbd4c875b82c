import { randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { as } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { Conflict, put, remove, systemTenant, type Store, type Stored } from '../store/store.ts';
import { replicas, type ReplicaId } from './replica-records.ts';

/** Milliseconds. */
export interface MembershipTimes {
  /** A replica renews its record this often. */
  readonly beatMs: number;
  /** And looks at the others' this often. */
  readonly lookMs: number;
  /** A record that did not change for so long, by the watch of whoever looked, is removed. */
  readonly lifeMs: number;
  /** A replica stops by itself this long before others may take it for gone. */
  readonly marginMs: number;
}

export const defaultTimes: MembershipTimes = { beatMs: 1500, lookMs: 750, lifeMs: 6000, marginMs: 1000 };

/** This replica under one id. Once it is over it stays over: the replica goes on under another. */
export interface Incarnation {
  readonly id: ReplicaId;
  isValid(): boolean;
}

export interface MembershipListener {
  /** This replica has a new id, and nothing yet under it. */
  joined?(incarnation: Incarnation): void;
  /** Others are gone: what they had is free. */
  gone?(): void;
  /** After each look. */
  looked?(): void;
}

/**
 * Who is at work. No clock is compared with another machine's: a replica is gone when its record did not change while somebody watched
 * for `lifeMs`, and it stops by itself when its last renewal was begun `lifeMs - marginMs` ago.
 */
export interface Membership {
  /** Undefined while this replica could not make itself known. */
  current(): Incarnation | undefined;
  isAlive(id: ReplicaId): Promise<boolean>;
  listen(listener: MembershipListener): void;
  /** @throws {StoreUnavailable} */
  start(): Promise<void>;
  /** Looks at once, instead of when it is time. */
  look(): void;
  /** `leave`: nothing is under way any more, so that others may take over at once. */
  stop(leave: boolean): Promise<void>;
}

interface Present extends Incarnation {
  version: number;
  beats: number;
  /** When the last renewal that came through was begun. */
  begun: Moment;
}

interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

const retryMs = 250;
const mostReplicas = 1000;
const rememberedGone = 1000;

export function createMembership(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times: MembershipTimes;
}): Membership {
  const { store, clock, logger, times } = options;
  const listeners: MembershipListener[] = [];
  /** Since when, by our watch, each replica's record has the version. */
  const seen = new Map<ReplicaId, { readonly version: number; readonly since: number }>();
  const gone = new Set<ReplicaId>();
  let present: Present | undefined;
  let running = false;
  let cancelBeat = (): void => undefined;
  let cancelLook = (): void => undefined;
  let looking = false;

  const moment = (): Moment => ({ monotonic: clock.monotonic(), wall: clock.now() });
  /** The longer of the two: the one stands still while a machine is asleep, the other may be set. */
  const passedSince = (begun: Moment): number =>
    Math.max(clock.monotonic() - begun.monotonic, clock.now() - begun.wall);

  const join = async (): Promise<void> => {
    const former = present;
    const begun = moment();
    const id = as<ReplicaId & string>(randomBytes(9).toString('base64url'));
    await store.commit(systemTenant, [
      put(replicas, id, { id, beats: 0 }, 'absent'),
      ...(former === undefined ? [] : [remove(replicas, former.id, 'any')]),
    ]);
    const joined: Present = {
      id,
      version: 1,
      beats: 0,
      begun,
      isValid: () => joined === present && passedSince(joined.begun) < times.lifeMs - times.marginMs,
    };
    present = joined;
    if (former !== undefined) {
      seen.delete(former.id);
      remember(former.id);
    }
    if (former === undefined) logger.info({ replica: id }, 'this replica is known to the others');
    else logger.warn({ replica: id, former: former.id }, 'this replica was out of touch and begins anew');
    for (const listener of listeners) listener.joined?.(joined);
  };

  const renew = async (mine: Present): Promise<void> => {
    const begun = moment();
    const record = { id: mine.id, beats: mine.beats + 1 };
    try {
      await store.commit(systemTenant, [put(replicas, mine.id, record, mine.version)]);
      mine.version += 1;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      const found = await store.get(systemTenant, replicas, mine.id);
      // There: an earlier renewal came through though we were not told. Not there: others took us for gone.
      if (found === undefined) return join();
      mine.version = found.version;
      return renew(mine);
    }
    mine.beats += 1;
    // Over while it waited: others may have been about to take over, and must find us gone for good.
    if (!mine.isValid()) return join();
    mine.begun = begun;
  };

  const beat = async (): Promise<void> => {
    let again = times.beatMs;
    try {
      if (present?.isValid() === true) await renew(present);
      else await join();
    } catch (error) {
      logger.warn({ reason: String(error) }, 'the other replicas could not be told that this one is alive');
      again = Math.min(retryMs, times.beatMs);
    }
    if (running) cancelBeat = clock.after(again, () => void beat());
  };

  const look = async (): Promise<void> => {
    const begun = clock.monotonic();
    const found = await store.find(systemTenant, replicas, {
      index: 'byId',
      equals: [],
      limit: mostReplicas,
    });
    const ended = clock.monotonic();
    const there = new Set(found.map(({ value }) => value.id));
    let left = [...seen.keys()].filter((id) => !there.has(id));
    for (const record of found) {
      const { id } = record.value;
      const known = seen.get(id);
      if (known?.version !== record.version) seen.set(id, { version: record.version, since: ended });
      else if (begun - known.since >= times.lifeMs && id !== present?.id && (await removeStale(record)))
        left = [...left, id];
    }
    for (const id of left) {
      seen.delete(id);
      remember(id);
    }
    const others = left.filter((id) => id !== present?.id);
    if (others.length > 0) {
      logger.info({ replicas: others }, 'replicas are gone; what they had is taken over');
      for (const listener of listeners) listener.gone?.();
    }
    for (const listener of listeners) listener.looked?.();
  };

  /** False where it was renewed meanwhile: then it is alive. */
  const removeStale = async (record: Stored<{ readonly id: ReplicaId }>): Promise<boolean> => {
    try {
      await store.commit(systemTenant, [remove(replicas, record.id, record.version)]);
      return true;
    } catch (error) {
      if (error instanceof Conflict) return false;
      throw error;
    }
  };

  const remember = (id: ReplicaId): void => {
    gone.add(id);
    const [oldest] = gone;
    if (gone.size > rememberedGone && oldest !== undefined) gone.delete(oldest);
  };

  const lookNow = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    cancelLook();
    await look().catch((error: unknown) => {
      logger.warn({ reason: String(error) }, 'the other replicas could not be looked at');
    });
    looking = false;
    if (running) cancelLook = clock.after(times.lookMs, () => void lookNow());
  };

  return {
    current: () => (present?.isValid() === true ? present : undefined),
    async isAlive(id) {
      if (id === present?.id) return present.isValid();
      if (seen.has(id)) return true;
      if (gone.has(id)) return false;
      const alive = (await store.get(systemTenant, replicas, id)) !== undefined;
      if (!alive) remember(id);
      return alive;
    },
    listen: (listener) => {
      listeners.push(listener);
    },
    async start() {
      running = true;
      await join();
      await look();
      cancelBeat = clock.after(times.beatMs, () => void beat());
      cancelLook = clock.after(times.lookMs, () => void lookNow());
    },
    look: () => void lookNow(),
    async stop(leave) {
      running = false;
      cancelBeat();
      cancelLook();
      const last = present;
      present = undefined;
      if (!leave || last === undefined) return;
      await store.commit(systemTenant, [remove(replicas, last.id, 'any')]).catch((error: unknown) => {
        logger.warn({ reason: String(error) }, 'the other replicas could not be told that this one ends');
      });
    },
  };
}
