import { z } from 'zod';
import { identifierKinds } from '../directory/identifiers/identifier.ts';
import { next, time } from './answer-schemas.ts';

/** What is answered about the directory. Bodies of what is put are the schemas of the config file (src/config/directory-kinds.ts). */
const source = z
  .enum(['file', 'rest'])
  .meta({ description: '`file`: declared in the config file, and changed there.' });

export const partTagHeader = {
  etag: 'Changes with the settings; for `If-Match`. Absent for what the config file declares.',
};

/** What stands beside what a thing does at the moment; absent where the directory is not asked. */
export const settingsFields = {
  source: source.optional(),
  settings: z
    .looseObject({})
    .optional()
    .meta({ description: 'What makes it so, as the config file has it.' }),
};

export const directoryPart = z
  .looseObject({
    id: z.string(),
    source,
    createdAt: time.optional(),
    changedAt: time.optional(),
    problem: z.string().optional().meta({ description: 'Why it cannot be used, where it cannot.' }),
  })
  .meta({
    id: 'DirectoryPart',
    description: 'Beside these fields stand the settings, as they are put, with what was not given.',
  });

/** `GET` of a list; `name` as the path has it: `tenants`, `services`, `texts`, `identifiers`, `shared-lines`. */
export function partsAnswer(name: string) {
  return z.object({ [name]: z.array(directoryPart), next });
}

/** `POST` and `PUT` of a queue. */
export const queueSettingsAnswer = z
  .object({
    id: z.string(),
    friendlyName: z.string(),
    maxSize: z.int(),
    dateCreated: time.optional(),
    dateUpdated: time.optional(),
    source,
    settings: z.looseObject({}),
  })
  .meta({ id: 'QueueSettings' });

const owner = z.object({ tenant: z.string(), service: z.string().optional() });

/** `GET /directory/resolve`. */
export const resolveAnswer = z.object({
  outcome: z.enum(['hit', 'ambiguous', 'unknown']),
  owners: z.array(owner),
  readAs: z.array(z.object({ kind: z.enum(identifierKinds), normalised: z.string() })),
});

const parkedSummary = z
  .object({
    id: z.string(),
    line: z.string(),
    channel: z.string(),
    address: z.string(),
    parkedSince: time,
    lastMessageAt: time,
    messages: z.int().meta({ description: 'How many wait.' }),
    asked: z.enum(['nothing', 'whom', 'which', 'switch']),
    candidates: z.array(owner).optional().meta({ description: 'Of whom the customer may choose one.' }),
  })
  .meta({ id: 'ParkedCustomer' });

/** `GET /parked`. */
export const parkedListAnswer = z.object({ parked: z.array(parkedSummary), next });

/** `GET /parked/{id}`. */
export const parkedAnswer = parkedSummary.extend({
  said: z.array(z.object({ at: time, text: z.string() })).meta({ description: 'The first 20, shortened.' }),
});

/** `POST /parked/{id}/assign`. */
export const assignAnswer = z.object({ id: z.string(), requested: owner });
