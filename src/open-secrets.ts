import type { Settings } from './config/load-config.ts';
import { KeyRing } from './secrets/key-ring.ts';
import { madeKey, readMadeKey } from './secrets/made-key.ts';
import { keysInUse, rotateSecrets, type KeyUse, type Rotation } from './secrets/rotation.ts';
import { sealedRecords } from './secrets/sealed-records.ts';
import { SecretBox } from './secrets/secret-box.ts';
import { sealedHooks } from './sessions/events/sealed-hooks.ts';
import { sealedParts } from './sessions/kept-directory/sealed-parts.ts';
import { sealedLines } from './sessions/kept-lines/sealed-lines.ts';
import type { Store } from './store/store.ts';

export interface Secrets {
  readonly box: SecretBox;
  keys(): Promise<KeyUse[]>;
  rotate(): Promise<Rotation>;
}

/** Secrets of the store, under the keys of the config file and the one that was made beside it. @throws {BadKeyFile} */
export function openSecrets(settings: Settings, store: Store): Secrets {
  const ring = keyRingOf(settings);
  const box = new SecretBox(ring);
  const kinds = [
    sealedRecords(store, box, sealedLines),
    sealedRecords(store, box, sealedHooks),
    sealedRecords(store, box, sealedParts),
  ];
  return {
    box,
    keys: async () => keysInUse(ring, kinds),
    rotate: async () => rotateSecrets(ring, box, kinds),
  };
}

/** @throws {BadKeyFile} */
export function keyRingOf(settings: Settings): KeyRing {
  const { storeDirectory, postgres, file } = settings;
  let configured = (): Settings['secretKeys'] => settings.secretKeys;
  const ring = new KeyRing({
    read: () => {
      const keys = configured();
      const made = readMadeKey(storeDirectory);
      const all = made === undefined || keys.some(({ id }) => id === made.id) ? keys : [...keys, made];
      // Of several replicas, only this one may have what was made here.
      return { first: keys[0] ?? (postgres === undefined ? made : undefined), all };
    },
    ...(postgres === undefined ? { make: () => madeKey(storeDirectory) } : {}),
    cure: `${file}: secrets.keys: found none, expected a key (openssl rand -base64 32) which every replica has: without it no secret is put into PostgreSQL`,
  });
  configured = () => settings.rereadSecretKeys();
  return ring;
}
