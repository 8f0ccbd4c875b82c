import { z } from 'zod';
import { tenantIdPattern } from '../platform/ids.ts';

/** What several parts of the config file are made of. */
export const seconds = (from: number, to: number): z.ZodNumber => z.number().min(from).max(to);
export const name = z.string().trim().min(1).max(200);
export const id = z.string().regex(tenantIdPattern, 'lower-case letters, digits and hyphens, at most 32');
