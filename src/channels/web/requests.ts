import { z } from 'zod';
import { readJson } from '../../platform/read-json.ts';
import { maxTextLength } from './capabilities.ts';
import { Problem } from './problem.ts';

const maxJsonBytes = 128 * 1024;

/** Names that browsers make: unique for the visitor, the same when sent again. */
export const entryId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, 'Expected 8 to 64 of A-Z a-z 0-9 _ -');

// Control characters other than line feed and tab mean nothing in a chat and upset what comes after.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const clean = (text: string): string => text.replace(/\r\n?/g, '\n').replace(controls, '').toWellFormed();

const text = (longest: number): z.ZodType<string> => z.string().max(longest).overwrite(clean).min(1);
const words = (longest: number): z.ZodType<string> =>
  z
    .string()
    .max(longest)
    .overwrite((value) => clean(value).replace(/\s+/g, ' ').trim())
    .min(1);

const messageText = text(maxTextLength).refine((value) => value.trim() !== '', 'Expected more than blanks');

export const visitorRequest = z.strictObject({
  name: words(100).optional(),
  email: z.email().max(200).optional(),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/, 'Expected a language tag such as de-CH')
    .optional(),
  page: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
});

export const messageRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('text'), id: entryId, text: messageText, replyTo: entryId.optional() }),
  z.strictObject({
    kind: z.literal('file'),
    id: entryId,
    file: z.string().min(1).max(2048),
    caption: messageText.optional(),
    replyTo: entryId.optional(),
  }),
  z.strictObject({
    kind: z.literal('chosen'),
    id: entryId,
    choice: entryId,
    option: z.string().min(1).max(256),
  }),
]);
export type MessageRequest = z.output<typeof messageRequest>;

export const editRequest = z.strictObject({ id: entryId, text: messageText });
export const retractRequest = z.strictObject({ id: entryId });
export const reactionRequest = z.strictObject({
  id: entryId,
  emoji: z
    .string()
    .max(40)
    .regex(/^(?:\p{RGI_Emoji}|\p{Extended_Pictographic})$/v, 'Expected one emoji'),
  removed: z.boolean().optional(),
});
export const typingRequest = z.strictObject({ active: z.boolean() });
const sequence = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const receiptsRequest = z.strictObject({ delivered: sequence.optional(), read: sequence.optional() });
export const endRequest = z.strictObject({ id: entryId });

/** The body as `schema` wants it. @throws {Problem} that names the fields that are wrong. */
export function readBody<T>(schema: z.ZodType<T>, body: Buffer, contentType: string | undefined): T {
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? '')) {
    throw new Problem(415, 'Expected a body of type application/json.');
  }
  if (body.length > maxJsonBytes) throw new Problem(413, `Expected at most ${maxJsonBytes} bytes.`);
  const result = schema.safeParse(parsed(body));
  if (result.success) return result.data;
  throw new Problem(422, 'The request has a mistake.', {
    errors: result.error.issues
      .slice(0, 10)
      .map(({ path, message }) => ({ field: path.map(String).join('.'), message })),
  });
}

function parsed(body: Buffer): unknown {
  try {
    return readJson(body);
  } catch {
    throw new Problem(400, 'The body is not valid JSON, or nested too deep.');
  }
}
