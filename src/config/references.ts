import { z } from 'zod';

/**
 * The parts of the config file that refer to each other or to something outside of it, read as far as they can be read: a mistake
 * beside them (a setting of another form, a name that does not exist) must not hide theirs. What cannot be read is absent here;
 * the schema itself complains about it.
 */
const text = z.string().optional().catch(undefined);
const texts = z.array(text).catch([]);
const named = <Part extends z.ZodType>(part: Part) =>
  z.record(z.string(), part.optional().catch(undefined)).catch({});

/** A Matrix account, or an address on a line. */
const endpoints = z
  .array(
    z
      .union([z.string(), z.object({ line: z.string(), address: z.string() })])
      .optional()
      .catch(undefined),
  )
  .catch([]);

const rings = z.array(z.object({ agents: texts, teams: texts })).catch([]);

const parameters = z.record(z.string(), z.unknown()).default({}).optional().catch(undefined);

const references = z.object({
  homeservers: named(z.object({ domain: text, registration: text })),
  sharedLines: named(z.object({ channel: text, parameters })),
  tenants: named(
    z.object({
      homeserver: text,
      agents: named(
        z.object({
          user: text,
          endpoints,
          teams: texts,
          networks: texts,
          schedule: text.catch(undefined),
        }),
      ),
      queues: named(
        z.object({
          agents: texts,
          teams: texts,
          rings,
          calendar: text,
          order: text,
          chooser: z.unknown().optional(),
        }),
      ),
      applications: z.record(z.string(), z.unknown()).catch({}),
      // Read whole by what checks services.
      services: z.record(z.string(), z.unknown()).catch({}),
      rules: z
        .array(
          z
            .object({
              when: text,
              queue: text,
              rings,
              overflow: z.array(z.object({ queue: text }).catch({ queue: undefined })).catch([]),
            })
            .catch({ when: undefined, queue: undefined, rings: [], overflow: [] }),
        )
        .catch([]),
      calendars: z.record(z.string(), z.unknown()).catch({}),
      sharedLines: named(z.object({ queue: text })),
      identifiers: z.array(z.object({ service: text }).optional().catch(undefined)).catch([]),
      lines: named(
        z.object({
          channel: text,
          queue: text,
          service: text,
          parameters,
        }),
      ),
    }),
  ),
});

export type References = z.output<typeof references>;

export function readReferences(value: unknown): References {
  const read = references.safeParse(value);
  return read.success ? read.data : { homeservers: {}, sharedLines: {}, tenants: {} };
}
