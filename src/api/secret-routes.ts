import { Router } from 'express';
import type { Logger } from '../platform/log.ts';
import { NoSecretKey } from '../secrets/key-ring.ts';
import type { KeyUse, Rotation } from '../secrets/rotation.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { conflict } from './refusal.ts';

export interface SecretRoutesOptions {
  readonly secrets: {
    keys(): Promise<readonly KeyUse[]>;
    /** @throws {NoSecretKey} {ConfigError} */
    rotate(): Promise<Rotation>;
  };
  readonly guard: OperatorGuard;
  readonly logger: Logger;
}

const base = '/api/v1/secrets';

/** The keys under which secrets lie in the store. `GET` tells which are in use; `POST /rotate` seals all with the first of the config file. */
export function secretRoutes({ secrets, guard, logger }: SecretRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get(
    base,
    guard.installation(base, async (_, response) => {
      response.json({ keys: await secrets.keys() });
    }),
  );
  router.post(
    `${base}/rotate`,
    guard.installation(base, async (_, response) => {
      const rotation = await secrets.rotate().catch((error: unknown) => {
        const isTheirs =
          error instanceof NoSecretKey || (error instanceof Error && error.name === 'ConfigError');
        throw isTheirs ? conflict(error.message) : error;
      });
      const { sealedAnew, unreadable } = rotation;
      logger.info({ sealedAnew, unreadable }, 'an operator had the secrets of the store sealed anew');
      response.json(rotation);
    }),
  );
  return router;
}
