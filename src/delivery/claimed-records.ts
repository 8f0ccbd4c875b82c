import type { Collection, Store, Stored, Write } from '../store/store.ts';
import type { Claim } from './ownership.ts';

/** What decisions read with. */
export type Reader = Pick<Store, 'get' | 'find'>;

/** Remembers, while a claim on a conversation is held, the records that nobody but the conversation's decisions writes. */
export interface ClaimedRecords {
  /** For one try at a decision under the claim. */
  under(claim: Claim): {
    readonly read: Reader;
    /** The decision was committed with these. */
    committed(writes: readonly Write[]): void;
    /** It was not, or that is not known: what was remembered may be wrong. */
    failed(): void;
  };
}

/** Claims of which records are remembered, a few kilobytes each; of others the store is read. */
const mostClaims = 2000;

/**
 * A decision made of what is remembered is refused as any other once the claim is lost, by its fence. Records that are not there are not
 * remembered.
 */
export function createClaimedRecords(store: Store, owned: readonly Collection<never>[]): ClaimedRecords {
  const names = new Set(owned.map(({ name }) => name));
  /** The claim that was used last comes last. */
  const remembered = new Map<Claim, Map<string, Stored<object>>>();

  const forget = (claim: Claim): void => void remembered.delete(claim);

  const recordsUnder = (claim: Claim): Map<string, Stored<object>> => {
    const records = remembered.get(claim) ?? new Map<string, Stored<object>>();
    remembered.delete(claim);
    remembered.set(claim, records);
    const [oldest] = remembered.keys();
    if (remembered.size > mostClaims && oldest !== undefined) forget(oldest);
    claim.onLost(forget);
    return records;
  };

  return {
    under(claim) {
      const records = recordsUnder(claim);
      return {
        read: {
          async get(tenant, collection, id) {
            if (!names.has(collection.name)) return store.get(tenant, collection, id);
            const name = nameOf(collection, id);
            const known = records.get(name);
            if (known !== undefined) return known as Stored<never>;
            const found = await store.get(tenant, collection, id);
            if (found !== undefined) records.set(name, found);
            return found;
          },
          find: async (tenant, collection, query) => store.find(tenant, collection, query),
        },
        committed(writes) {
          for (const write of writes) {
            if (!names.has(write.collection.name) || write.op === 'check') continue;
            const name = nameOf(write.collection, write.id);
            if (write.op === 'delete' || write.expect === 'any') records.delete(name);
            else {
              const version = write.expect === 'absent' ? 1 : write.expect + 1;
              records.set(name, { id: write.id, version, value: write.value });
            }
          }
        },
        // A read that is still under way fills what nobody looks at any more.
        failed: () => {
          forget(claim);
        },
      };
    },
  };
}

function nameOf({ name }: { readonly name: string }, id: string): string {
  return `${name} ${id}`;
}
