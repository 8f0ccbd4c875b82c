import { z } from 'zod';
import { secret } from '../secret.ts';

const origin = z.string().refine(isOrigin, {
  error: 'Expected an origin such as https://www.example.com: no path, no slash at the end, no wildcard',
});

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

export const webParameters = z.strictObject({
  secret: secret(z.string().min(16).max(4096)).describe(
    'Signs visitors’ tokens and links to files, at least 16 characters. Changing it signs every visitor out, unless secondarySecret has the old one.',
  ),
  secondarySecret: secret(z.string().min(16).max(4096))
    .optional()
    .describe('What it has signed is taken too, while secrets are being changed: the old one, for keepDays.'),
  allowedOrigins: z
    .array(origin)
    .max(200)
    .default([])
    .describe(
      'Origins of the sites that may embed the widget, compared exactly. Empty: only the hosted page works.',
    ),
  title: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe('Heading of the chat; the name of the line unless given.'),
  welcome: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('Shown before the first message; never stored nor sent to the agent.'),
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'Expected a colour such as #1a5fb4')
    .optional()
    .describe(
      'Colour of the heading and of buttons; what stands on it becomes black or white, whichever is easier to read.',
    ),
  askFor: z
    .array(z.enum(['name', 'email']))
    .default([])
    .describe('What the visitor may fill in before the first message (name, email); never required.'),
  keepDays: z
    .int()
    .min(1)
    .max(400)
    .default(30)
    .describe('How long a visitor who does not come back is remembered, with all that was said.'),
  keepEntries: z
    .int()
    .min(50)
    .max(5000)
    .default(1000)
    .describe('How many entries of a visitor’s history the chat shows; the oldest go first.'),
  maxFileBytes: z
    .int()
    .min(1)
    .max(20 * 1024 * 1024)
    .default(20 * 1024 * 1024)
    .describe('Largest file that a visitor may send, at most 20 MiB.'),
  limits: z
    .strictObject({
      visitorsPerHour: z
        .int()
        .min(1)
        .default(60)
        .describe('New visitors from one network address. An office may share one.'),
      requestsPerMinute: z
        .int()
        .min(1)
        .default(600)
        .describe('Requests of any kind from one network address.'),
      messagesPerMinute: z
        .int()
        .min(1)
        .default(60)
        .describe('Messages, edits, reactions and files of one visitor.'),
    })
    .prefault({})
    .describe('More is answered with 429 and when to come back.'),
});

export type WebParameters = z.output<typeof webParameters>;
