import { z } from 'zod';
import { happeningTypes } from '../../sessions/events/happening.ts';
import { count, next, time } from '../answer-schemas.ts';

const urlExpected = 'an https URL of at most 2000 characters, without user name and fragment';
const typesExpected = `a list of types, each once, empty for all: ${happeningTypes.join(', ')}`;
const sinceExpected = 'a time as 2026-01-31T12:00:00Z';
const greatestGrace = 7 * 86_400;
const graceExpected = `a whole number of seconds from 0 to ${String(greatestGrace)}`;

/** `POST /webhooks`, `PUT /webhooks/{id}`. */
export const webhookBody = z.strictObject(
  {
    url: z.string(urlExpected).max(2000, urlExpected).refine(isTarget, urlExpected),
    types: z
      .array(z.enum(happeningTypes, typesExpected), typesExpected)
      .refine((all) => new Set(all).size === all.length, typesExpected)
      .default([]),
    enabled: z.boolean('true or false').default(true),
  },
  'an object with the fields url, types, enabled',
);

/** Where it leads to is checked when something is sent: names change. */
function isTarget(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || url.protocol === 'http:';
}

export const rotateBody = z.strictObject(
  {
    graceSeconds: z
      .int(graceExpected)
      .min(0, graceExpected)
      .max(greatestGrace, graceExpected)
      .default(86_400),
  },
  'an object with the field graceSeconds',
);

export const redeliverBody = z.strictObject(
  {
    since: z.iso
      .datetime({ offset: true, error: sinceExpected })
      .max(40, sinceExpected)
      .transform((text) => Date.parse(text)),
  },
  'an object with the field since',
);

export const webhookAnswer = z
  .object({
    id: z.string(),
    url: z.string(),
    types: z.array(z.enum(happeningTypes)).meta({ description: 'Empty: all.' }),
    enabled: z.boolean(),
    createdAt: time,
    changedAt: time,
    formerSecretUntil: time
      .optional()
      .meta({ description: 'Until when what is sent is signed with the secret before, too.' }),
    failing: z
      .object({ since: time, reason: z.string() })
      .optional()
      .meta({ description: 'Nothing got through since.' }),
  })
  .meta({ id: 'Webhook' });

export const webhooksAnswer = z.object({ webhooks: z.array(webhookAnswer) });

export const newWebhookAnswer = webhookAnswer
  .extend({
    secret: z.string().optional().meta({
      description:
        'Signs what is sent (Standard Webhooks): shown this once. Absent where the answer is given again under an `Idempotency-Key`.',
    }),
  })
  .meta({ id: 'NewWebhook' });

const status = z.enum(['pending', 'sending', 'sent', 'delivered', 'read', 'failed', 'unclear', 'forgotten']);
export const sendingsAnswer = z.object({
  deliveries: z.array(
    z
      .object({
        id: z.string(),
        event: z.string(),
        position: count,
        status,
        attempts: count,
        createdAt: time,
        finishedAt: time.optional(),
        nextAttemptAt: time.optional(),
        attemptsFailed: z.array(z.object({ number: count, at: time, reason: z.string() })),
      })
      .meta({ id: 'WebhookDelivery' }),
  ),
  next,
});

export const againAnswer = z.object({ events: count.meta({ description: 'How many are sent again.' }) });
