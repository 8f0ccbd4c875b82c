import { z } from 'zod';
import { secret } from '../secret.ts';
import { parseJid } from './jid.ts';

const domain = z
  .string()
  .max(253)
  .refine((text) => {
    const jid = parseJid(text);
    return jid !== undefined && jid.local === undefined && jid.resource === undefined;
  }, 'expected a domain such as bridge.example.org');

const origin = z
  .url({ protocol: /^https?$/ })
  .refine(
    (text) => new URL(text).origin === text,
    'expected an origin such as https://upload.example.org, without a path',
  );

/** Connection parameters of an XMPP line: an external component (XEP-0114) of the operator's own server. */
export const xmppParameters = z.strictObject({
  domain: domain
    .transform((text) => text.toLowerCase())
    .meta({ description: 'The component: customers write to name@domain, by any name of the tenant.' }),
  host: z
    .string()
    .min(1)
    .max(253)
    .default('127.0.0.1')
    .meta({ description: 'Where the XMPP server takes components.' }),
  port: z.int().min(1).max(65_535).default(5347).meta({ description: 'The port for components there.' }),
  secret: secret().meta({ description: 'The component secret, as the server has it.' }),
  server: domain.optional().meta({
    description: "The server's own domain, asked for file upload. Default: `domain` without its first label.",
  }),
  defaultName: z.string().min(1).max(200).optional().meta({
    description:
      'The name that speaks where the customer has not addressed any, and that the bare domain stands for.',
  }),
  uploadService: domain
    .optional()
    .meta({ description: 'The file upload service (XEP-0363). Default: found by asking `server`.' }),
  trustedOrigins: z.array(origin).max(20).default([]).meta({
    description:
      'Origins of file servers at private addresses, or without TLS, that may be used none the less.',
  }),
  mutualSubscription: z
    .boolean()
    .default(true)
    .meta({ description: 'Whether a customer who subscribes to our presence is asked for theirs.' }),
  receiptTimeoutSeconds: z
    .int()
    .min(0)
    .max(7 * 86_400)
    .default(600)
    .meta({
      description:
        'After so long without a receipt from a customer whose app gives receipts, a message counts as unclear. 0: never.',
    }),
  linkValidSeconds: z
    .int()
    .min(60)
    .max(365 * 86_400)
    .default(30 * 86_400)
    .meta({ description: 'How long a link to a file is good that could not be uploaded.' }),
  avatar: z
    .string()
    .max(180_000)
    .regex(
      /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/,
      'expected a data: URL of an image in base64',
    )
    .optional()
    .meta({ description: "The tenant's picture, as a data: URL." }),
});

export type XmppParameters = z.infer<typeof xmppParameters>;

/** The server whose component we are. */
export function serverDomain(parameters: Pick<XmppParameters, 'domain' | 'server'>): string {
  const { domain: own, server } = parameters;
  return server ?? (own.includes('.') ? own.slice(own.indexOf('.') + 1) : own);
}
