import { z } from 'zod';

const key = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 32')
    .meta({ description: 'Name of the key; stands in the store with what it encrypts.' }),
  file: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .meta({ description: 'File that holds the key; relative to this file.' }),
  env: z.string().min(1).max(200).optional().meta({ description: 'Variable that holds the key.' }),
});

export const secretsSchema = z.strictObject({
  keys: z
    .array(key)
    .max(20)
    .default([])
    .meta({
      description:
        'Keys (32 bytes in base64: `openssl rand -base64 32`), each with an `id` of its own and a `file` (relative to this one) or `env`, the variable that holds it. The first encrypts, all decrypt. Unless given, one is made in the directory of the embedded store; PostgreSQL needs one given.',
      example: [{ id: '2026-01', file: 'secrets-key-2026-01' }],
    }),
});

export type SecretsConfig = z.output<typeof secretsSchema>;
