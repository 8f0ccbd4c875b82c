import { z } from 'zod';
import { identifierKinds } from '../directory/identifiers/identifier.ts';
import { id } from './schema-words.ts';

export const identifierText = z.string().trim().min(1).max(500);

/** A name under which customers reach a tenant, or a service of it. */
export const identifierSchema = z.strictObject({
  identifier: identifierText.meta({ description: 'As it is written.', example: 'billing@acme.example' }),
  kind: z
    .enum(identifierKinds)
    .optional()
    .meta({ description: 'Of which kind it is; read from its shape unless given.', example: 'email' }),
  service: id
    .optional()
    .meta({ description: 'Service that is meant; the tenant itself unless given.', example: 'billing' }),
});
