import type { Clock } from '../../platform/clock.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { put, type Store } from '../../store/store.ts';
import type { Caller } from '../caller.ts';
import { apiKeys, apiKeyUses, isSecretOf, readKey } from './api-key.ts';

/** Last use is noted no more often. */
const notedEveryMs = 5 * 60_000;
/** Keys of whose use it is remembered when it was noted; beyond, all are noted anew. */
const mostNoted = 10_000;

/** Who a bearer token is; undefined: nobody, or no longer. Asks the store each time, so that what one replica changes all others heed at once. */
export type KeyCheck = (token: string) => Promise<Caller | undefined>;

export function createKeyCheck(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hasTenant: (tenant: TenantId) => boolean;
}): KeyCheck {
  const { store, clock, logger, hasTenant } = parts;
  const notedAt = new Map<string, number>();

  const note = (key: NonNullable<ReturnType<typeof readKey>>): void => {
    const at = clock.now();
    const name = `${key.tenant}.${key.id}`;
    if (at - (notedAt.get(name) ?? -Infinity) < notedEveryMs) return;
    if (notedAt.size >= mostNoted) notedAt.clear();
    notedAt.set(name, at);
    // Nobody waits for it, and nothing hangs on it.
    store.commit(key.tenant, [put(apiKeyUses, key.id, { at }, 'any')]).catch((error: unknown) => {
      logger.debug({ tenant: key.tenant, key: key.id, err: error }, 'the use of a key could not be noted');
    });
  };

  return async (token) => {
    const key = readKey(token);
    if (key === undefined || !hasTenant(key.tenant)) return undefined;
    const found = (await store.get(key.tenant, apiKeys, key.id))?.value;
    if (found === undefined || !isSecretOf(found, key.secret)) return undefined;
    if (found.expiresAt !== undefined && found.expiresAt <= clock.now()) return undefined;
    note(key);
    return { kind: 'key', tenant: key.tenant, id: key.id, scopes: found.scopes };
  };
}
