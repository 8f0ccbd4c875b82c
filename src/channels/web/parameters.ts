import { z } from 'zod';
import { secret } from '../secret.ts';

const origin = z.string().refine(isOrigin, {
  error: 'Expected an origin such as https://www.example.com: no path, no slash at the end, no wildcard',
});

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

export const webParameters = z.strictObject({
  /** Signs visitors' tokens and links to files. Changing it signs every visitor out. */
  secret: secret(z.string().min(16).max(4096)),
  /** Origins of the sites that may embed the widget, compared exactly. Empty: only the hosted page works. */
  allowedOrigins: z.array(origin).max(200).default([]),
  /** Heading of the chat; by default the line's display name. */
  title: z.string().min(1).max(80).optional(),
  /** Shown before the first message; never stored nor sent to the agent. */
  welcome: z.string().min(1).max(1000).optional(),
  /** Colour of the heading and of buttons; what stands on it becomes black or white, whichever is easier to read. */
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'Expected a colour such as #1a5fb4')
    .optional(),
  /** What the visitor may fill in before the first message; never required. */
  askFor: z.array(z.enum(['name', 'email'])).default([]),
  /** How long a visitor who does not come back is remembered, with all that was said. */
  keepDays: z.int().min(1).max(400).default(30),
  /** How many entries of a visitor's history the chat shows; the oldest go first. */
  keepEntries: z.int().min(50).max(5000).default(1000),
  /** At most 20 MiB. */
  maxFileBytes: z
    .int()
    .min(1)
    .max(20 * 1024 * 1024)
    .default(20 * 1024 * 1024),
  limits: z
    .strictObject({
      /** New visitors from one network address. An office may share one. */
      visitorsPerHour: z.int().min(1).default(60),
      /** Requests of any kind from one network address. */
      requestsPerMinute: z.int().min(1).default(600),
      /** Messages, edits, reactions and files of one visitor. */
      messagesPerMinute: z.int().min(1).default(60),
    })
    .prefault({}),
});

export type WebParameters = z.output<typeof webParameters>;
