import { z } from 'zod';
import type { ServiceSettings } from '../directory/service-settings.ts';
import { applicationExpected, checkDialog, type KnownToServices } from '../services/dialogs/check-dialog.ts';
import type { ServiceProblem } from '../services/service-problem.ts';
import { dialogStep, language } from './dialog-step-schema.ts';
import { identifierText } from './identifier-schema.ts';
import { id, name as nameText } from './schema-words.ts';

const identifiers = z
  .array(identifierText)
  .max(100)
  .default([])
  .meta({
    description: 'Names under which customers reach this service of the tenant, on any line.',
    example: ['billing@acme.example'],
  });
const kind = <Kind extends string>(name: Kind): z.ZodLiteral<Kind> =>
  z.literal(name).meta({
    description: 'How it begins: straight to the queue, with a dialog, or with an application.',
  });

const common = {
  name: nameText.optional().meta({ description: 'As customers may read it.', example: 'Billing' }),
  queue: id
    .optional()
    .meta({ description: 'Queue of its sessions, in place of that of the line.', example: 'support' }),
  identifiers,
};

/** A service as tenants declare it, in the config file and over REST. */
export const serviceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: kind('direct').default('direct'), ...common }),
  z.strictObject({
    kind: kind('dialog'),
    ...common,
    languages: z.array(language).min(1).max(30).default(['en']).meta({
      description: 'Languages of its texts; the first for customers whose language is none of them.',
    }),
    agentWords: z
      .array(z.string().trim().min(1).max(100))
      .max(100)
      .default([])
      .meta({
        description: 'What customers may write at any time to get an agent, beyond the usual words for it.',
        example: ['help desk'],
      }),
    steps: z
      .array(dialogStep)
      .min(1)
      .max(200)
      .meta({ description: 'In the order in which they follow each other; see docs/integrator.md.' }),
  }),
  z.strictObject({
    kind: kind('application'),
    ...common,
    application: id.meta({
      description:
        'Application of the tenant that says what happens: see docs/integrator.md, “Applications”.',
      example: 'ivr',
    }),
  }),
]);

export type DeclaredService = z.output<typeof serviceSchema>;

/** What the schema cannot see; paths are within the service. */
export function checkService(service: DeclaredService, known: KnownToServices): ServiceProblem[] {
  const settings = toServiceSettings(service);
  if (settings.kind === 'dialog') return checkDialog(settings, known);
  if (settings.kind !== 'application' || known.applications.has(settings.application)) return [];
  const expected = applicationExpected(known.applications);
  return [{ path: ['application'], found: settings.application, expected }];
}

export function toServiceSettings({ identifiers: _, ...service }: DeclaredService): ServiceSettings {
  // Without the keys that are there and undefined.
  return JSON.parse(JSON.stringify(service)) as ServiceSettings;
}
