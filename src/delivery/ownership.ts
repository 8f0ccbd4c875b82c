import type { ConversationId, LegKey, LineId, TenantId } from '../platform/ids.ts';
import { Conflict, type Write } from '../store/store.ts';

/**
 * What one replica at a time works on: a conversation (its inbox and the outboxes of its legs), or a line that holds a connection (the
 * outboxes of all legs that it serves).
 */
export type Resource =
  | { readonly kind: 'conversation'; readonly id: ConversationId }
  | { readonly kind: 'line'; readonly id: LineId };

/** The right to work on a resource, until another replica takes it over. */
export interface Claim {
  /** Part of every commit that is made under the claim: refuses it once the claim is lost. */
  readonly fence: readonly Write[];
  /** Deliveries up to this sequence number may have been sent by whoever had the resource before. */
  readonly since: number;
  /** Whether it is the claim on this resource. */
  covers(resource: Resource): boolean;
  /** Keys of queues that were read to their end under the claim: what is stored for them since is announced to whoever works under it. */
  readonly known: { has(key: string): boolean; add(key: string): void };
  /** False from the moment from which another replica may take over. To be asked last before anything that no fence can hold back. */
  isHeld(): boolean;
  /** It turned out that another replica has it, or it is given back. */
  lose(): void;
  /** Called with the claim when it is lost or given back, at once if it is already: what was kept for it is of no use any more. Kept once. */
  onLost(listener: (claim: Claim) => void): void;
  /** Somebody works under the claim, until `leave`: it is not given back meanwhile. */
  enter(): void;
  leave(): void;
}

/** That something is stored for a key, for the replica that works on it. */
export interface Notice {
  readonly tenant: TenantId;
  readonly resource: Resource;
  readonly group: string;
  readonly inbox?: ConversationId;
  readonly outbox?: LegKey;
}

/** Who works on what, where several replicas share a store. */
export interface Ownership {
  /** Nobody else works on the store: what this process knows of is all there is. */
  readonly alone: boolean;
  /**
   * The claim on a conversation, if it is ours or free; on a line only if it is ours. `undefined`: another replica has it, and was told
   * what `notice` says.
   * @throws {StoreUnavailable} when it cannot be found out, or the other replica cannot be told.
   */
  claim(tenant: TenantId, resource: Resource, notice: Notice | undefined): Promise<Claim | undefined>;
  /** `noticed`: another replica says so. `abandoned`: work may have been left lying anywhere, by a replica that is gone or a notice that got lost. */
  listen(listener: { noticed(notice: Notice): void; abandoned(): void }): void;
}

/** Thrown where a claim is found to be lost before anything was committed. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** Whether a commit was refused because the claim under which it was made is another's by now. */
export function isLost(claim: Claim, error: unknown): boolean {
  if (error instanceof ClaimLost) return true;
  return (
    error instanceof Conflict &&
    claim.fence.some(({ collection, id }) => collection.name === error.collection && id === error.id)
  );
}

/** For a store that this process has to itself: everything is ours. `since`: the last number of the run before. */
export function soleOwnership(since: () => number): Ownership {
  const claim: Claim = {
    fence: [],
    get since() {
      return since();
    },
    covers: () => true,
    // Nothing is stored that this process is not told of, so nothing has to be remembered of each queue.
    known: { has: () => false, add: () => undefined },
    isHeld: () => true,
    lose: () => undefined,
    onLost: () => undefined,
    enter: () => undefined,
    leave: () => undefined,
  };
  return { alone: true, claim: async () => claim, listen: () => undefined };
}
