import { z } from 'zod';
import type { Address, ChannelEvent, ContactProfile } from '../channel.ts';
import { mediaKindOf } from '../../media/media-kind.ts';
import type { Content, Message } from '../../message/message.ts';
import { as, type DeliveryId, type LineId } from '../../platform/ids.ts';
import { type Form, oneOf } from './form.ts';
import { reasonOfCode } from './failures.ts';
import type { SmsParameters } from './parameters.ts';

const messageSid = z.string().regex(/^[A-Z]{2}[0-9a-fA-F]{32}$/, 'SM or MM and 32 hexadecimal digits');
/** A number, a short code, a sender's name, `whatsapp:+...`, `messenger:...`, `rcs:...`. */
const party = z.string().regex(/^[^\p{C}]{1,128}$/u, 'a number or name of at most 128 characters');
const short = z.string().max(1000).optional();

/**
 * What Twilio tells of a customer's message. Fields from `MessageType` on come with WhatsApp only; those of locations, lists
 * and replies are taken from Twilio's tables and have not been seen on the wire.
 */
const incomingSchema = z.object({
  MessageSid: messageSid,
  From: party,
  To: party,
  // Databases cannot keep NUL.
  Body: z
    .string()
    .max(65_536)
    .default('')
    .transform((text) => text.replaceAll('\u0000', '')),
  NumMedia: z.coerce.number().int().min(0).max(1000).default(0),
  OptOutType: z.enum(['STOP', 'START', 'HELP']).optional().catch(undefined),
  MessageType: short,
  ProfileName: short,
  WaId: short,
  Latitude: z.coerce.number().min(-90).max(90).optional(),
  Longitude: z.coerce.number().min(-180).max(180).optional(),
  Address: short,
  Label: short,
  ButtonText: short,
  ButtonPayload: short,
  ListId: short,
  ListTitle: short,
  OriginalRepliedMessageSid: messageSid.optional(),
});
export type IncomingMessage = z.infer<typeof incomingSchema>;

const statusSchema = z.object({
  MessageSid: messageSid,
  MessageStatus: z.string().max(40),
  From: party.optional(),
  To: party,
  ErrorCode: z.coerce.number().int().optional().catch(undefined),
});
export type StatusChange = z.infer<typeof statusSchema>;

/** A status of ours, or a message of theirs. @throws {z.ZodError | BadForm} naming the parameters that are wrong. */
export function readForm(
  form: Form,
): { readonly status: StatusChange } | { readonly message: IncomingMessage } {
  const status = oneOf(form, 'MessageStatus');
  if (status !== undefined && status !== 'received' && status !== 'receiving') {
    return { status: statusSchema.parse(fieldsOf(form, Object.keys(statusSchema.shape))) };
  }
  return { message: incomingSchema.parse(fieldsOf(form, Object.keys(incomingSchema.shape))) };
}

function fieldsOf(form: Form, names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, oneOf(form, name)]));
}

/** More than one customer's message can carry; Twilio allows 10. */
const maxMedia = 10;

/** Pure. The message as events: one, or one for each file, under ids that are the same when Twilio repeats it. */
export function fromTwilio(
  message: IncomingMessage,
  form: Form,
  parameters: Pick<SmsParameters, 'from'>,
  line: LineId,
  at: number,
): ChannelEvent[] {
  const from = addressOf(message.From, message.To, parameters);
  const profile = profileOf(message);
  return contentsOf(message, form, line).map((content, index) => ({
    kind: 'message',
    id: as(index === 0 ? message.MessageSid : `${message.MessageSid}.${index}`),
    from,
    to: message.To,
    at,
    message: { content, ...replyOf(message) },
    ...(profile === undefined ? {} : { profile }),
  }));
}

/** Pure. Nothing for steps on the way that nobody needs to know of. */
export function receiptOf(
  change: StatusChange,
  parameters: Pick<SmsParameters, 'from'>,
  at: number,
  delivery?: DeliveryId,
): ChannelEvent[] {
  const status = {
    sent: 'sent',
    delivered: 'delivered',
    read: 'read',
    undelivered: 'failed',
    failed: 'failed',
    canceled: 'failed',
  }[change.MessageStatus] as Extract<ChannelEvent, { kind: 'receipt' }>['status'] | undefined;
  if (status === undefined) return [];
  const canceled = change.MessageStatus === 'canceled';
  return [
    {
      kind: 'receipt',
      id: `${change.MessageSid}.${change.MessageStatus}`,
      from: addressOf(change.To, change.From, parameters),
      target: as(change.MessageSid),
      ...(delivery === undefined ? {} : { delivery }),
      status,
      ...(status === 'failed'
        ? { reason: canceled ? 'it was cancelled at Twilio' : reasonOfCode(change.ErrorCode) }
        : {}),
      at,
    },
  ];
}

/** A line with one fixed sender has no other name; one with a service of several is pinned to the one that was used. */
export function addressOf(
  customer: string,
  ours: string | undefined,
  { from }: Pick<SmsParameters, 'from'>,
): Address {
  return { id: as(customer), ...(ours === undefined || ours === from ? {} : { via: ours }) };
}

function contentsOf(message: IncomingMessage, form: Form, line: LineId): Content[] {
  const {
    Body,
    Latitude,
    Longitude,
    Label,
    Address: place,
    ButtonText,
    ButtonPayload,
    ListId,
    ListTitle,
  } = message;
  if (Latitude !== undefined && Longitude !== undefined) {
    const label = Label ?? place;
    const where = { kind: 'location', latitude: Latitude, longitude: Longitude } as const;
    return [{ ...where, ...(label === undefined ? {} : { label }) }];
  }
  const chosen = ButtonPayload ?? ListId;
  if (chosen !== undefined) return [{ kind: 'chosen', id: chosen, label: ButtonText ?? ListTitle ?? Body }];
  const files = mediaOf(message, form, line);
  if (files.length > 0) {
    return files.map((file, index) => (index === 0 && Body !== '' ? { ...file, caption: Body } : file));
  }
  if (Body !== '') return [{ kind: 'text', text: Body }];
  return [{ kind: 'unsupported', description: 'a message of a kind that Twilio does not pass on' }];
}

function mediaOf(
  { NumMedia, MessageType }: IncomingMessage,
  form: Form,
  line: LineId,
): (Content & { media: object })[] {
  return Array.from({ length: Math.min(NumMedia, maxMedia) }, (_, index) => index).flatMap((index) => {
    const reference = oneOf(form, `MediaUrl${index}`);
    if (reference === undefined || reference.length > 2000) return [];
    const told = oneOf(form, `MediaContentType${index}`) ?? '';
    const mimeType =
      /^[\w.+-]{1,60}\/[\w.+-]{1,100}/.exec(told)?.[0].toLowerCase() ?? 'application/octet-stream';
    const media = { source: { type: 'channel', line, reference }, mimeType } as const;
    return [{ kind: MessageType === 'sticker' ? 'sticker' : mediaKindOf(mimeType), media }];
  });
}

function replyOf({ OriginalRepliedMessageSid: id }: IncomingMessage): Pick<Message, 'replyTo'> {
  return id === undefined ? {} : { replyTo: { id } };
}

function profileOf({ From, ProfileName, WaId }: IncomingMessage): ContactProfile | undefined {
  const phone =
    /^(?:whatsapp:|rcs:)?(\+[1-9]\d{6,14})$/.exec(From)?.[1] ?? (WaId === undefined ? undefined : `+${WaId}`);
  const name = ProfileName === undefined ? {} : { name: ProfileName };
  const checked = phone !== undefined && /^\+[1-9]\d{6,14}$/.test(phone) ? { phone } : {};
  return Object.keys({ ...name, ...checked }).length === 0 ? undefined : { ...name, ...checked };
}
