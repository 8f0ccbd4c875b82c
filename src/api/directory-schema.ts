import { z } from 'zod';
import { identifierKinds } from '../directory/identifiers/identifier.ts';

/** What is answered about the directory. Bodies of what is put are the schemas of the config file (src/config/directory-kinds.ts). */
const time = z.iso.datetime();
const next = { next: z.string().optional() };

/** A part of the directory: its settings stand beside these fields. */
export const partAnswerSchema = z.looseObject({
  id: z.string(),
  source: z.enum(['file', 'rest']),
  createdAt: time.optional(),
  changedAt: time.optional(),
  /** Why it cannot be used, where it cannot. */
  problem: z.string().optional(),
});

/** `GET` of a list; `name` as the path has it: `tenants`, `services`, `texts`, `identifiers`, `shared-lines`. */
export function partListSchema(name: string) {
  return z.strictObject({ [name]: z.array(partAnswerSchema) }).extend(next);
}

/** `POST` and `PUT` of a queue. */
export const queueAnswerSchema = z.strictObject({
  id: z.string(),
  friendlyName: z.string(),
  maxSize: z.int(),
  dateCreated: time.optional(),
  dateUpdated: time.optional(),
  source: z.enum(['file', 'rest']),
  settings: z.looseObject({}),
});

const owner = z.strictObject({ tenant: z.string(), service: z.string().optional() });

/** `GET /directory/resolve`. */
export const resolveAnswerSchema = z.strictObject({
  outcome: z.enum(['hit', 'ambiguous', 'unknown']),
  owners: z.array(owner),
  readAs: z.array(z.strictObject({ kind: z.enum(identifierKinds), normalised: z.string() })),
});

const parkedSummary = z.strictObject({
  id: z.string(),
  line: z.string(),
  channel: z.string(),
  address: z.string(),
  parkedSince: time,
  lastMessageAt: time,
  messages: z.int(),
  asked: z.enum(['nothing', 'whom', 'which', 'switch']),
  candidates: z.array(owner).optional(),
});

/** `GET /parked`. */
export const parkedListSchema = z.strictObject({ parked: z.array(parkedSummary), ...next });

/** `GET /parked/{id}`. */
export const parkedAnswerSchema = parkedSummary.extend({
  said: z.array(z.strictObject({ at: time, text: z.string() })),
});

/** `POST /parked/{id}/assign`. */
export const assignAnswerSchema = z.strictObject({ id: z.string(), requested: owner });
