import { z } from 'zod';
import { time } from '../answer-schemas.ts';
import { scopes } from '../scopes.ts';

const nameExpected = 'a text of 1 to 64 characters';
const scopesExpected = `a list of scopes, each once: ${scopes.join(', ')}`;
const timeExpected = 'a time as 2026-01-31T12:00:00Z';

/** `POST /keys`. */
export const keyBody = z.strictObject(
  {
    name: z.string(nameExpected).trim().min(1, nameExpected).max(64, nameExpected),
    scopes: z
      .array(z.enum(scopes, scopesExpected), scopesExpected)
      .min(1, scopesExpected)
      .max(scopes.length, scopesExpected)
      .refine((all) => new Set(all).size === all.length, scopesExpected),
    expiresAt: z.iso
      .datetime({ offset: true, error: timeExpected })
      .max(40, timeExpected)
      .transform((text) => Date.parse(text))
      .optional(),
  },
  'an object with the fields name, scopes, expiresAt',
);

export const keyAnswer = z
  .object({
    id: z.string(),
    prefix: z.string().meta({ description: 'How the key begins.' }),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    createdAt: time,
    expiresAt: time.optional().meta({ description: 'Absent: never.' }),
    lastUsedAt: time.optional().meta({ description: 'To about five minutes; absent: never.' }),
  })
  .meta({ id: 'ApiKey' });

export const keysAnswer = z.object({ keys: z.array(keyAnswer) });

export const newKeyAnswer = keyAnswer
  .extend({
    key: z.string().optional().meta({
      description:
        'The key itself: shown this once. Absent where the answer is given again under an `Idempotency-Key`.',
    }),
  })
  .meta({ id: 'NewApiKey' });
