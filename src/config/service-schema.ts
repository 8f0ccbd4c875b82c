import { z } from 'zod';
import { identifierKinds } from '../directory/identifiers/identifier.ts';
import { id, name } from './schema-words.ts';

/** What a customer may want of a tenant. */
export const serviceSchema = z.strictObject({
  name: name.meta({ description: 'As customers may read it.', example: 'Billing' }),
  queue: id.meta({ description: 'Queue that its sessions go to.', example: 'support' }),
});

export const identifierText = z.string().trim().min(1).max(500);

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
