import type { Notice, Ownership, Resource } from '../delivery/ownership.ts';
import type { Sequence } from '../delivery/sequence.ts';
import type { Clock } from '../platform/clock.ts';
import type { LineId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { Signals } from '../store/signals.ts';
import { Conflict, put, StoreUnavailable, type Store } from '../store/store.ts';
import { leaseId, LeaseClaim } from './lease-claim.ts';
import type { Membership } from './membership.ts';
import { readNotice } from './notice.ts';
import { leases, type ReplicaId } from './replica-records.ts';

/**
 * Ownership by one lease a resource. A lease is as alive as its holder's record, and kept when its work is done, so that a conversation
 * that goes on costs no claim a message; those that nobody used for a while are given back.
 */
export interface Leases extends Ownership {
  readonly alone: false;
  /** The line's lease, if it is ours or free. To be given back by `giveBack`. @throws {StoreUnavailable} */
  holdLine(tenant: TenantId, line: LineId): Promise<LeaseClaim | undefined>;
  giveBack(claim: LeaseClaim): Promise<void>;
}

export interface LeaseLimits {
  /** Given back after so long without use, so that replicas that come later get their share. */
  readonly idleMs: number;
  /** Given back at once when this replica has more without use. */
  readonly mostIdle: number;
}

export const defaultLimits: LeaseLimits = { idleMs: 60_000, mostIdle: 20_000 };

/** Somebody else takes the same lease at the same time; each round somebody got it. */
const rounds = 10;
const givenBackAtOnce = 500;

export function createLeases(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly membership: Membership;
  readonly sequence: Sequence;
  readonly signals: Signals;
  readonly limits?: LeaseLimits;
}): Leases {
  const { store, clock, logger, membership, sequence, signals, limits = defaultLimits } = options;
  const held = new Map<string, LeaseClaim>();
  const acquiring = new Map<string, Promise<LeaseClaim | ReplicaId | undefined>>();
  const listeners: Parameters<Ownership['listen']>[0][] = [];
  let deafen = (): void => undefined;

  const abandoned = (): void => {
    for (const listener of listeners) listener.abandoned();
  };

  /** The claim, or who has it instead; undefined: nobody, and we do not want it. */
  const acquire = async (
    tenant: TenantId,
    resource: Resource,
    want: boolean,
  ): Promise<LeaseClaim | ReplicaId | undefined> => {
    const id = leaseId(resource);
    for (let round = 0; round < rounds; round += 1) {
      const me = membership.current();
      if (me === undefined) throw new StoreUnavailable('this replica is out of touch with the others');
      const present = await store.get(tenant, leases, id);
      const holder = present?.value.holder ?? '';
      if (holder !== '' && holder !== me.id && (await membership.isAlive(holder))) return holder;
      if (!want) return undefined;
      try {
        await store.commit(tenant, [put(leases, id, { holder: me.id }, present?.version ?? 'absent')]);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        continue;
      }
      // After the commit: whatever an earlier holder made for the resource has a lower number.
      const since = await sequence.next();
      const lease = { tenant, id, version: (present?.version ?? 0) + 1 };
      const claim = new LeaseClaim(lease, me, since, () => clock.monotonic());
      held.set(nameOf(tenant, id), claim);
      return claim;
    }
    throw new StoreUnavailable('a lease changed hands again and again');
  };

  const claimOrHolder = async (
    tenant: TenantId,
    resource: Resource,
    want: boolean,
  ): Promise<LeaseClaim | ReplicaId | undefined> => {
    const name = nameOf(tenant, leaseId(resource));
    const mine = held.get(name);
    if (mine?.isHeld() === true) return mine;
    mine?.lose();
    held.delete(name);
    const under = acquiring.get(name);
    if (under !== undefined) return under;
    const fresh = acquire(tenant, resource, want).finally(() => acquiring.delete(name));
    acquiring.set(name, fresh);
    return fresh;
  };

  const giveBack = async (claim: LeaseClaim): Promise<void> => {
    const { tenant, leaseId: id, version } = claim;
    claim.lose();
    if (held.get(nameOf(tenant, id)) === claim) held.delete(nameOf(tenant, id));
    try {
      await store.commit(tenant, [put(leases, id, { holder: '' }, version)]);
    } catch (error) {
      if (!(error instanceof Conflict)) logger.debug({ tenant, err: error }, 'a lease was not given back');
    }
  };

  const giveBackIdle = (): void => {
    const idle = [...held].flatMap(([name, claim]) => {
      const idleMs = claim.idleMs();
      if (!claim.isHeld()) {
        claim.lose();
        held.delete(name);
      }
      return idleMs === undefined || !claim.isHeld() ? [] : [{ claim, idleMs }];
    });
    idle.sort((a, b) => b.idleMs - a.idleMs);
    const excess = idle.length - limits.mostIdle;
    const old = idle.filter(({ idleMs }, at) => at < excess || idleMs >= limits.idleMs);
    for (const { claim } of old.slice(0, givenBackAtOnce)) void giveBack(claim);
  };

  membership.listen({
    joined({ id }) {
      for (const claim of held.values()) claim.lose();
      held.clear();
      deafen();
      deafen = signals.listen(channelOf(id), (text) => {
        const notice = readNotice(text);
        if (notice === undefined) logger.warn({}, 'a notice of another replica could not be read');
        else for (const listener of listeners) listener.noticed(notice);
      });
      abandoned();
    },
    gone: abandoned,
    looked: giveBackIdle,
  });
  signals.onGap(abandoned);

  return {
    alone: false,
    async claim(tenant, resource, notice) {
      const found = await claimOrHolder(tenant, resource, resource.kind !== 'line');
      if (found === undefined || found instanceof LeaseClaim) return found;
      if (notice !== undefined) await signals.send(channelOf(found), JSON.stringify(notice satisfies Notice));
      return undefined;
    },
    listen: (listener) => {
      listeners.push(listener);
    },
    async holdLine(tenant, line) {
      const found = await claimOrHolder(tenant, { kind: 'line', id: line }, true);
      if (!(found instanceof LeaseClaim)) return undefined;
      found.enter();
      // What waits for the line was nobody's until now.
      abandoned();
      return found;
    },
    giveBack,
  };
}

function channelOf(id: ReplicaId): string {
  return `switchboard_${id}`;
}

function nameOf(tenant: TenantId, id: string): string {
  return `${tenant} ${id}`;
}
