import type { KeyRing } from './key-ring.ts';
import { keyIdOf, type SecretBox, type Sealed } from './secret-box.ts';

/** One record with sealed texts. */
export interface SealedRecord {
  readonly sealed: readonly Sealed[];
  /** Writes it with all of its texts sealed anew, unless somebody else wrote it meanwhile. @throws {SecretUnreadable} */
  sealAnew(): Promise<void>;
}

/** A kind of records with sealed texts, of all tenants. */
export interface SealedRecords {
  walk(): AsyncIterable<SealedRecord>;
}

export interface KeyUse {
  readonly id: string;
  /** `missing`: something is sealed with it, and it is not configured. */
  readonly use: 'encrypts' | 'decrypts' | 'missing';
  /** Texts in the store that it sealed. */
  readonly texts: number;
}

export interface Rotation {
  readonly keys: readonly KeyUse[];
  /** Records that were sealed anew. */
  readonly sealedAnew: number;
  /** Records that could not be, since they cannot be opened. */
  readonly unreadable: number;
}

/** What seals what: the keys, each with how much of the store is sealed with it. One that decrypts nothing may go. */
export async function keysInUse(ring: KeyRing, kinds: readonly SealedRecords[]): Promise<KeyUse[]> {
  const { first, all } = ring.ids();
  const texts = new Map(all.map((id) => [id, 0]));
  for (const kind of kinds) {
    for await (const { sealed } of kind.walk()) {
      for (const text of sealed) {
        const id = keyIdOf(text) ?? 'unknown';
        texts.set(id, (texts.get(id) ?? 0) + 1);
      }
    }
  }
  return [...texts].map(([id, count]) => ({
    id,
    use: id === first ? 'encrypts' : all.includes(id) ? 'decrypts' : 'missing',
    texts: count,
  }));
}

/**
 * Seals all that is not sealed with the first key anew with it, after the keys were read anew. Work goes on meanwhile; cut short, it is begun
 * again. @throws what reading the keys throws {NoSecretKey}
 */
export async function rotateSecrets(
  ring: KeyRing,
  box: SecretBox,
  kinds: readonly SealedRecords[],
): Promise<Rotation> {
  ring.reload();
  let [sealedAnew, unreadable] = [0, 0];
  for (const kind of kinds) {
    for await (const record of kind.walk()) {
      if (record.sealed.every((text) => box.isCurrent(text))) continue;
      try {
        await record.sealAnew();
        sealedAnew += 1;
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'SecretUnreadable') throw error;
        unreadable += 1;
      }
    }
  }
  return { keys: await keysInUse(ring, kinds), sealedAnew, unreadable };
}
