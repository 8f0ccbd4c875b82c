import { z } from 'zod';
import type { Address, ChannelEvent, TypingEvent } from '../channel.ts';
import type { Message } from '../../message/message.ts';
import { as, type LineId } from '../../platform/ids.ts';

/** Lone surrogates and NUL cannot be stored everywhere, and would come out as something else than what went in. */
const text = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine(
      (value) => value.isWellFormed() && !value.includes('\u0000'),
      'not well-formed Unicode, or with NUL',
    );
const name = z.string().regex(/^[^\s\p{C}]{1,128}$/u, '1 to 128 characters without spaces');

const common = {
  /** Unique on the line, the same when it is sent again: a UUID, say. */
  id: name,
  from: name,
  /** The name under which the customer addressed the tenant. */
  to: name.optional(),
  /** How the customer is called. */
  name: text(200).optional(),
};

/** What a customer can do, as it comes in the body of `POST /messages`. */
export const fromCustomer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), ...common, text: text(10_000), replyTo: name.optional() }),
  z.strictObject({
    type: z.literal('media'),
    ...common,
    kind: z.enum(['image', 'audio', 'voice', 'video', 'file', 'sticker']),
    /** What `POST /files` answered. */
    file: name,
    mimeType: z.string().regex(/^[\w.+-]{1,60}\/[\w.+-]{1,100}$/),
    fileName: text(255).optional(),
    caption: text(10_000).optional(),
  }),
  z.strictObject({
    type: z.literal('location'),
    ...common,
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
  }),
  z.strictObject({
    type: z.literal('chosen'),
    ...common,
    option: name,
    label: text(200),
    replyTo: name.optional(),
  }),
  z.strictObject({ type: z.literal('edit'), ...common, target: name, text: text(10_000) }),
  z.strictObject({ type: z.literal('retract'), ...common, target: name }),
  z.strictObject({ type: z.literal('react'), ...common, target: name, emoji: text(64).or(z.literal('')) }),
  z.strictObject({ type: z.enum(['delivered', 'read']), ...common, target: name }),
  z.strictObject({ type: z.literal('typing'), ...common, active: z.boolean() }),
  z.strictObject({ type: z.literal('ended'), ...common }),
]);
export type FromCustomer = z.infer<typeof fromCustomer>;

/** Pure: the same input gives the same event. `typing` is no event, since it is not worth keeping. */
export function fromLoopback(
  input: FromCustomer,
  line: LineId,
  at: number,
): { event: ChannelEvent } | { typing: TypingEvent } {
  const from: Address = { id: as(input.from), ...(input.to === undefined ? {} : { via: input.to }) };
  switch (input.type) {
    case 'typing':
      return { typing: { from, active: input.active } };
    case 'delivered':
    case 'read':
      return {
        event: { kind: 'receipt', id: input.id, from, target: as(input.target), status: input.type, at },
      };
    case 'ended':
      return { event: { kind: 'ended', id: input.id, from, at } };
    default:
      return {
        event: {
          kind: 'message',
          id: as(input.id),
          from,
          ...(input.to === undefined ? {} : { to: input.to }),
          at,
          message: toMessage(input, line),
          ...(input.name === undefined ? {} : { profile: { name: input.name } }),
        },
      };
  }
}

type Said = Exclude<FromCustomer, { type: 'typing' | 'delivered' | 'read' | 'ended' }>;

function toMessage(input: Said, line: LineId): Message {
  switch (input.type) {
    case 'text':
      return { content: { kind: 'text', text: input.text }, ...replyTo(input.replyTo) };
    case 'location':
      return { content: { kind: 'location', latitude: input.latitude, longitude: input.longitude } };
    case 'chosen':
      return { content: { kind: 'chosen', id: input.option, label: input.label }, ...replyTo(input.replyTo) };
    case 'edit':
      return { content: { kind: 'text', text: input.text }, edits: { id: input.target } };
    case 'retract':
      return { retracts: { id: input.target } };
    case 'react':
      return {
        reactsTo: { id: input.target, emoji: input.emoji, ...(input.emoji === '' ? { removed: true } : {}) },
      };
    case 'media':
      return {
        content: {
          kind: input.kind,
          media: {
            source: { type: 'channel', line, reference: input.file },
            mimeType: input.mimeType,
            ...(input.fileName === undefined ? {} : { fileName: input.fileName }),
          },
          ...(input.caption === undefined ? {} : { caption: input.caption }),
        },
      };
  }
}

function replyTo(id: string | undefined): Pick<Message, 'replyTo'> {
  return id === undefined ? {} : { replyTo: { id } };
}
