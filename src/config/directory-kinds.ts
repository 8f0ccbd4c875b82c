import { z } from 'zod';
import { derivedId } from '../platform/derived-id.ts';
import { tenantKind } from '../directory/kept/kept-part.ts';
import { kindOf, normaliseIdentifier } from '../directory/identifiers/identifier.ts';
import { application } from './applications-schema.ts';
import { calendar } from './calendars-schema.ts';
import { agent, queue } from './routing-schema.ts';
import { sharedLineUseSchema, tenantSchema, textsSchema } from './schema.ts';
import { id, language } from './schema-words.ts';
import { identifierSchema } from './identifier-schema.ts';
import { serviceSchema } from './service-schema.ts';
import type { DeclaredTenant } from './to-tenant.ts';

/** A kind of part that a tenant has many of, by name: what REST offers of it comes from this one line. */
export interface DirectoryKind {
  /** As paths call it. */
  readonly kind: string;
  /** As the config file calls it. */
  readonly field: string;
  readonly schema: z.ZodType<object>;
  readonly name: z.ZodType<string>;
  /** Of kinds that are named by what they say. */
  readonly nameOf?: (body: object) => string;
  /** Those that a tenant of the config file has. */
  readonly of: (tenant: DeclaredTenant) => Readonly<Record<string, object>>;
  /** What is left of one whose secrets are missing, which have `[set]` in their places; undefined: nothing. */
  readonly withoutSecrets: (body: object) => object | undefined;
  /** Where a tenant of the config file would have them. */
  readonly into: (parts: Readonly<Record<string, object>>) => object;
}

type Field = 'agents' | 'applications' | 'queues' | 'services' | 'calendars' | 'sharedLines' | 'textsIn';

const kindIn = (
  field: Field,
  schema: z.ZodType<object>,
  more: Partial<DirectoryKind> = {},
): DirectoryKind => ({
  kind: field,
  field,
  schema,
  name: id,
  of: (tenant) => tenant[field],
  withoutSecrets: () => undefined,
  into: (parts) => ({ [field]: parts }),
  ...more,
});

/** The tenant without what it has many of. */
export const tenantPartSchema = tenantSchema.omit({
  agents: true,
  applications: true,
  queues: true,
  services: true,
  calendars: true,
  rules: true,
  sharedLines: true,
  textsIn: true,
  identifiers: true,
  lines: true,
});

const identifierPart = identifierSchema.refine(
  ({ identifier, kind = kindOf(identifier) }) =>
    kind !== undefined && normaliseIdentifier(kind, identifier) !== undefined,
  { error: 'an identifier of its kind', path: ['identifier'] },
);

/** The same for the same identifier in whichever way it is written. */
export function identifierName(given: z.output<typeof identifierSchema>): string {
  const kind = given.kind ?? kindOf(given.identifier) ?? 'name';
  const normal = normaliseIdentifier(kind, given.identifier) ?? given.identifier;
  return Buffer.from(derivedId('identifier', kind, normal, given.service ?? ''))
    .toString('hex')
    .slice(0, 32);
}

/** In the order in which they refer to each other. */
export const directoryKinds: readonly DirectoryKind[] = [
  kindIn('agents', agent),
  kindIn('queues', queue, {
    // Its own order decides, as where the application does not answer.
    withoutSecrets: ({ chooser, ...body }: { readonly chooser?: { readonly fallback?: string } }) => ({
      ...body,
      order: chooser?.fallback,
    }),
  }),
  kindIn('calendars', calendar),
  kindIn('applications', application),
  kindIn('services', serviceSchema, {
    // What it would ask fails, which the dialog has a way for.
    withoutSecrets: (body) => body,
  }),
  kindIn('sharedLines', sharedLineUseSchema, { kind: 'shared-lines' }),
  kindIn('textsIn', textsSchema, { kind: 'texts', name: language }),
  {
    kind: 'identifiers',
    field: 'identifiers',
    schema: identifierPart,
    name: z.string().regex(/^[0-9a-f]{32}$/, 'an id that POST gave'),
    nameOf: (body) => identifierName(identifierSchema.parse(body)),
    of: ({ identifiers }) =>
      Object.fromEntries(
        identifiers.map((given) => {
          const part = typeof given === 'string' ? { identifier: given } : given;
          return [identifierName(part), part] as const;
        }),
      ),
    withoutSecrets: () => undefined,
    into: (parts) => ({ identifiers: Object.values(parts) }),
  },
];

export const allKinds: readonly string[] = [tenantKind, ...directoryKinds.map(({ kind }) => kind)];
