import type { Claim, Resource } from '../delivery/ownership.ts';
import type { TenantId } from '../platform/ids.ts';
import { check, type Write } from '../store/store.ts';
import type { Incarnation } from './membership.ts';
import { leases } from './replica-records.ts';

export function leaseId({ kind, id }: Resource): string {
  return `${kind}:${id}`;
}

/** A lease that this replica took. */
export class LeaseClaim implements Claim {
  readonly tenant: TenantId;
  readonly leaseId: string;
  readonly version: number;
  readonly since: number;
  readonly fence: readonly Write[];
  readonly known = new Set<string>();
  readonly #holder: Incarnation;
  readonly #listeners = new Set<(claim: Claim) => void>();
  #lost = false;
  #users = 0;
  #idleSince: number;
  readonly #now: () => number;

  constructor(
    lease: { readonly tenant: TenantId; readonly id: string; readonly version: number },
    holder: Incarnation,
    since: number,
    now: () => number,
  ) {
    this.tenant = lease.tenant;
    this.leaseId = lease.id;
    this.version = lease.version;
    this.since = since;
    this.fence = [check(leases, lease.id, lease.version)];
    this.#holder = holder;
    this.#now = now;
    this.#idleSince = now();
  }

  covers(resource: Resource): boolean {
    return leaseId(resource) === this.leaseId;
  }

  isHeld(): boolean {
    return !this.#lost && this.#holder.isValid();
  }

  lose(): void {
    this.#lost = true;
    for (const listener of this.#listeners) listener(this);
    this.#listeners.clear();
  }

  onLost(listener: (claim: Claim) => void): void {
    if (this.#lost) listener(this);
    else this.#listeners.add(listener);
  }

  enter(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#users -= 1;
    this.#idleSince = this.#now();
  }

  /** Milliseconds since anybody worked under it; undefined while somebody does. */
  idleMs(): number | undefined {
    return this.#users > 0 ? undefined : this.#now() - this.#idleSince;
  }
}
