import { z } from 'zod';
import { secret } from '../secret.ts';
import { defaultKeywords } from './keywords.ts';

const sid = (prefix: string, of: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), `the SID of ${of}: ${prefix} and 32 hexadecimal digits`);
const httpUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.endsWith('/'), 'must not end with a slash');
const words = z.array(z.string().min(1).max(40)).max(50);

/** A line at Twilio's HTTP API. Signatures are always made with an auth token, requests may be made with an API key. */
export const parameters = z
  .strictObject({
    accountSid: sid('AC', 'the account').describe('The Twilio account: AC and 32 hexadecimal digits.'),
    authToken: secret().describe('Checks signatures, and signs in where there is no API key.'),
    secondaryAuthToken: secret()
      .optional()
      .describe('Its signatures are taken too, while tokens are being changed.'),
    apiKeySid: sid('SK', 'the API key')
      .optional()
      .describe('An API key for requests, instead of the auth token.'),
    apiKeySecret: secret().optional().describe('Goes with apiKeySid.'),
    from: z
      .string()
      .regex(
        /^(?:\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 ]{1,11}|whatsapp:\+[1-9]\d{6,14})$/,
        'a number as +15551234567, a short code, a sender name, or whatsapp:+15551234567',
      )
      .optional()
      .describe('The sender. Without it, the messaging service picks one.'),
    messagingServiceSid: sid('MG', 'the messaging service')
      .optional()
      .describe('The messaging service that picks the sender, where there are several. Either this or from.'),
    apiBaseUrl: httpUrl.default('https://api.twilio.com').describe('Another region, or a stand-in.'),
    webhookUrl: httpUrl
      .optional()
      .describe(
        "The line's webhook as Twilio was told it, where a proxy makes it differ from our public URL.",
      ),
    mediaOrigins: z
      .array(httpUrl)
      .max(10)
      .default([])
      .describe("Further origins from which customers' media may come, private addresses included."),
    mms: z
      .boolean()
      .optional()
      .describe(
        'Whether pictures and files go out as MMS. Default: if the sender is in the US, Canada or Australia.',
      ),
    validityPeriodSeconds: z
      .int()
      .min(1)
      .max(36_000)
      .optional()
      .describe('How long Twilio keeps trying before the message has failed.'),
    smartEncoded: z
      .boolean()
      .optional()
      .describe('Whether Twilio replaces typographic characters to save segments.'),
    optOutWords: words
      .default([...defaultKeywords.optOut])
      .describe('A text that is one of these words and nothing else opts the customer out.'),
    optInWords: words.default([...defaultKeywords.optIn]).describe('The same for opting in again.'),
    helpWords: words
      .default([...defaultKeywords.help])
      .describe('The same for asking what this service is; Twilio answers these by itself.'),
  })
  .refine(({ from, messagingServiceSid }) => from !== undefined || messagingServiceSid !== undefined, {
    path: ['from'],
    message: 'either from or messagingServiceSid must be given',
  })
  .refine(({ apiKeySid, apiKeySecret }) => (apiKeySid === undefined) === (apiKeySecret === undefined), {
    path: ['apiKeySid'],
    message: 'apiKeySid and apiKeySecret go together',
  });

export type SmsParameters = z.infer<typeof parameters>;

/** Whether the line speaks WhatsApp through Twilio instead of SMS. */
export function isWhatsApp({ from }: Pick<SmsParameters, 'from'>): boolean {
  return from?.startsWith('whatsapp:') === true;
}
