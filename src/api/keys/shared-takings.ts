import type { TenantId } from '../../platform/ids.ts';
import { Conflict, defineCollection, put, type Store } from '../../store/store.ts';

/** What all replicas together took of a key's bucket: when it is full again if nobody takes more. Id: the key's. */
export const sharedTakings = defineCollection<{ readonly fullAt: number; readonly at: number }>(
  'api-key-takings',
  { byAge: ['at'] },
);
/** By then every bucket is full long since. */
export const takingsKeptMs = 86_400_000;

/** Of whom the bucket is: the tenant whose key it is. */
export interface BucketName {
  readonly tenant: TenantId;
  readonly id: string;
}

/** Tells the other replicas what was taken; gives when the bucket is full again by what all of them took. @throws {StoreUnavailable} */
export type ShareTakings = (name: BucketName, takenMs: number, now: number) => Promise<number>;

/** As many replicas as write at once may each be overtaken by every other one. */
const rounds = 50;

export function shareTakings(store: Store): ShareTakings {
  return async ({ tenant, id }, takenMs, now) => {
    for (let round = 1; ; round += 1) {
      const read = await store.get(tenant, sharedTakings, id);
      const fullAt = Math.max(read?.value.fullAt ?? now, now) + takenMs;
      try {
        await store.commit(tenant, [put(sharedTakings, id, { fullAt, at: now }, read?.version ?? 'absent')]);
        return fullAt;
      } catch (error) {
        if (!(error instanceof Conflict) || round === rounds) throw error;
      }
    }
  };
}
