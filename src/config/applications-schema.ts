import { z } from 'zod';
import { secret } from '../channels/secret.ts';
import { seconds } from './schema-words.ts';

const url = z.url({ protocol: /^https?$/, error: 'an http or https URL' }).max(2048);
const signingSecret = secret(
  z.string().regex(/^(?:whsec_)?[A-Za-z0-9+/]{32,100}={0,2}$/, 'whsec_ and base64 of 24 to 64 random bytes'),
);

/** A program of the tenant's that is asked over HTTP what happens to a session. */
export const application = z.strictObject({
  url: url.meta({
    description: 'Asked for instructions: JSON or TwiML.',
    example: 'https://ivr.acme.example/switchboard',
  }),
  fallbackUrl: url.optional().meta({
    description: 'Asked in its place when it gives no usable answer.',
    example: 'https://backup.acme.example/switchboard',
  }),
  method: z.enum(['POST', 'GET']).default('POST').meta({ description: 'How it is asked.' }),
  format: z.enum(['form', 'json']).default('form').meta({
    description: 'What POST carries: a form as Twilio sends it, or the same as JSON.',
  }),
  secret: signingSecret.optional().meta({
    description: 'Signs each request as Standard Webhooks has it.',
    example: 'whsec_…',
  }),
  secondarySecret: signingSecret.optional().meta({
    description: 'The old secret: signs as well while it is being changed.',
  }),
  twilioAuthToken: secret(z.string().regex(/^[!-~]{16,200}$/, 'at least 16 characters without spaces'))
    .optional()
    .meta({ description: 'Signs each request as Twilio does, in X-Twilio-Signature.' }),
  timeoutSeconds: seconds(1, 10).default(5).meta({ description: 'For a whole answer, each time.' }),
  retries: z
    .int()
    .min(0)
    .max(3)
    .default(1)
    .meta({ description: 'How often it is asked again when no answer came.' }),
  waitSeconds: seconds(15, 3600).default(60).meta({
    description:
      'While a customer waits it is asked again after so long, or when their position changed, 15 seconds later at the soonest.',
  }),
});
