import { keptParts, listParts, partPlace, type KeptPart } from '../../directory/kept/kept-part.ts';
import type { SealedKind, WithSealed } from '../../secrets/sealed-records.ts';
import type { Stored } from '../../store/store.ts';

type WithSecrets = KeptPart & WithSealed;

/** Parts of the directory that have secrets. */
export const sealedParts: SealedKind<WithSecrets> = {
  collection: keptParts,
  placeOf: partPlace,
  list: async (store, tenant) => [...(await listParts(store, tenant)).values()].filter(hasSecrets),
};

function hasSecrets(stored: Stored<KeptPart>): stored is Stored<WithSecrets> {
  return stored.value.sealed !== undefined;
}
