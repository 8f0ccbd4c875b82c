import { z } from 'zod';
import type { Logger } from '../platform/log.ts';
import { NoSecretKey } from '../secrets/key-ring.ts';
import type { KeyUse, Rotation } from '../secrets/rotation.ts';
import { count } from './answer-schemas.ts';
import { ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { conflict } from './refusal.ts';

export interface SecretRoutesOptions {
  readonly secrets: {
    keys(): Promise<readonly KeyUse[]>;
    /** @throws {NoSecretKey} {ConfigError} */
    rotate(): Promise<Rotation>;
  };
  readonly logger: Logger;
}

const base = '/api/v1/secrets';
const { ofInstallation, changingInstallation } = routeKinds<SecretRoutesOptions>();
const keys = z.array(
  z.object({
    id: z.string(),
    use: z.enum(['encrypts', 'decrypts', 'missing']),
    texts: count.meta({ description: 'Texts in the store that it sealed.' }),
  }),
);

/** The keys under which secrets lie in the store: which are in use, and all sealed with the first of the config file. */
export const secretRoutes = declaredRoutes<SecretRoutesOptions>([
  ofInstallation(
    {
      method: 'get',
      path: base,
      operation: 'listSecretKeys',
      summary: 'The keys of the store, with how much is sealed with each',
      access: 'operator',
      answers: { 200: { description: 'All keys.', schema: z.object({ keys }) } },
    },
    async ({ secrets }) => ok({ keys: await secrets.keys() }),
  ),
  changingInstallation(
    {
      method: 'post',
      path: `${base}/rotate`,
      operation: 'rotateSecretKeys',
      summary: 'Seals all secrets anew with the first key of the config file',
      access: 'operator',
      answers: {
        200: {
          description: 'What was done.',
          schema: z.object({ keys, sealedAnew: count, unreadable: count }),
        },
      },
      problems: [409],
    },
    async ({ secrets, logger }) => {
      const rotation = await secrets.rotate().catch((error: unknown) => {
        const isTheirs =
          error instanceof NoSecretKey || (error instanceof Error && error.name === 'ConfigError');
        throw isTheirs ? conflict(error.message) : error;
      });
      const { sealedAnew, unreadable } = rotation;
      logger.info({ sealedAnew, unreadable }, 'an operator had the secrets of the store sealed anew');
      return ok(rotation);
    },
  ),
]);
