import { z } from 'zod';
import type { DeclaredWebhook } from '../openapi/document.ts';
import { eventAnswer } from './event-answer.ts';

/** What a tenant's webhook is told: the same that the stream gives. */
export const eventWebhook: DeclaredWebhook = {
  operation: 'event',
  summary: 'Something happened',
  description:
    'Sent to the `url` of each webhook of the tenant that wants the type, signed as Standard Webhooks has it. What is not answered with 2xx comes again, under the same `webhook-id`.',
  headers: {
    'webhook-id': { description: 'The event’s id: take each once.', schema: z.string() },
    'webhook-timestamp': { description: 'When it was sent, in seconds since 1970.', schema: z.string() },
    'webhook-signature': {
      description: '`v1,` and the signature, in base64; several with blanks between.',
      schema: z.string(),
    },
  },
  body: eventAnswer,
};
