import { z } from 'zod';
import { tenantIdPattern } from '../platform/ids.ts';

/** What several parts of the config file are made of. */
export const seconds = (from: number, to: number): z.ZodNumber => z.number().min(from).max(to);
export const name = z.string().trim().min(1).max(200);
export const id = z.string().regex(tenantIdPattern, 'lower-case letters, digits and hyphens, at most 32');
export const skill = z
  .string()
  .regex(/^[\p{L}\d][\p{L}\d _-]{0,39}$/u, 'letters, digits, spaces, hyphens, underscores, at most 40');
export const skills = z.record(skill, z.number().min(0).max(5));
/** BCP 47, as far as people speak it: `de`, `pt-br`, `zh-hant`. */
export const language = z
  .string()
  .regex(/^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/, 'a language such as de or pt-br, in lower case');
