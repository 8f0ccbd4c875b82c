import { escapeHtml, textAsHtml } from '../../message/matrix-html.ts';
import type {
  Content,
  MediaContent,
  Message,
  Reaction,
  Reference,
  TextContent,
} from '../../message/message.ts';
import type { DeliveryId, MatrixEventId } from '../../platform/ids.ts';
import { deliveryMark } from './delivery-mark.ts';
import { without } from './fields.ts';
import { geoUri } from './geo-uri.ts';
import { readableContent } from './readable-content.ts';

/** An event to send: type and content. */
export interface RoomEvent {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A file of ours in the homeserver's media repository. */
export interface UploadedMedia {
  readonly mxc: string;
  readonly mimeType: string;
  readonly sizeBytes?: number;
  readonly width?: number;
  readonly height?: number;
}

/** The events to which a message's references lead; absent where the room never had them. */
export interface ResolvedReferences {
  readonly replyTo?: MatrixEventId;
  readonly edits?: MatrixEventId;
  readonly reactsTo?: MatrixEventId;
}

/**
 * The event that shows a message in its room. Pure. Retractions and withdrawn reactions are redactions, which are not sent this way.
 * A reference that leads nowhere is put into words, so that nothing is lost.
 */
export function toRoomEvent(
  message: Message,
  context: {
    readonly delivery: DeliveryId;
    readonly references: ResolvedReferences;
    /** What stands for the message's media; absent for other messages, and where the file cannot be had, see {@link withoutFile}. */
    readonly media?: UploadedMedia;
  },
): RoomEvent {
  const { references, delivery } = context;
  const mark = { [deliveryMark]: delivery };
  const { reactsTo } = message;
  if (reactsTo !== undefined) {
    if (references.reactsTo === undefined) {
      return { type: 'm.room.message', content: { ...textFields(spokenReaction(reactsTo)), ...mark } };
    }
    const relation = { rel_type: 'm.annotation', event_id: references.reactsTo, key: reactsTo.emoji };
    return { type: 'm.reaction', content: { 'm.relates_to': relation, ...mark } };
  }

  const content = message.content ?? { kind: 'unsupported', description: 'an empty message' };
  const isEdit = message.edits !== undefined;
  const fields = contentFields(spoken(message, content, references), context.media);
  if (isEdit && references.edits !== undefined) {
    return {
      type: 'm.room.message',
      content: {
        ...fields,
        ...fallbackOfEdit(fields),
        'm.new_content': fields,
        'm.relates_to': { rel_type: 'm.replace', event_id: references.edits },
        ...mark,
      },
    };
  }
  const reply =
    references.replyTo === undefined
      ? {}
      : { 'm.relates_to': { 'm.in_reply_to': { event_id: references.replyTo } } };
  if (content.kind === 'sticker' && context.media !== undefined && !isEdit) {
    const sticker = without(fields, ['msgtype', 'filename']);
    return { type: 'm.sticker', content: { ...sticker, ...reply, ...mark } };
  }
  return { type: 'm.room.message', content: { ...fields, ...reply, ...mark } };
}

/** What stands in the room for a file that cannot be had: its name, the reason, and its caption. */
export function withoutFile(content: MediaContent, reason: string): TextContent {
  const missing = `[${nameOf(content)}: could not be fetched: ${reason}]`;
  if (content.caption === undefined) return { kind: 'text', text: missing };
  return {
    kind: 'text',
    text: `${missing}\n${content.caption}`,
    html: `<em>${escapeHtml(missing)}</em><br>${content.captionHtml ?? textAsHtml(content.caption)}`,
  };
}

/** The file's name as its sender gave it, else its kind. */
export function nameOf(content: MediaContent): string {
  return content.media.fileName ?? content.kind;
}

/** Puts into words what references would have shown. */
function spoken(message: Message, content: Content, references: ResolvedReferences): Content {
  let said = content;
  if (message.replyTo !== undefined && references.replyTo === undefined)
    said = quoting(message.replyTo, said);
  if (message.edits !== undefined && references.edits === undefined) said = before('(corrected) ', said);
  return said;
}

function quoting(answered: Reference, content: Content): Content {
  if (content.kind !== 'text' || answered.excerpt === undefined) return content;
  const author = answered.author === undefined ? '' : `${answered.author}: `;
  const quote = `${author}${answered.excerpt}`;
  return {
    ...content,
    text: `${quote.replace(/^/gmu, '> ')}\n\n${content.text}`,
    html: `<blockquote>${textAsHtml(quote)}</blockquote>${content.html ?? textAsHtml(content.text)}`,
  };
}

function before(words: string, content: Content): Content {
  if (content.kind !== 'text') return content;
  return {
    ...content,
    text: words + content.text,
    ...(content.html === undefined ? {} : { html: escapeHtml(words) + content.html }),
  };
}

function spokenReaction(reaction: Reaction): TextContent {
  const to = reaction.excerpt === undefined ? '' : ` to “${reaction.excerpt}”`;
  return { kind: 'text', text: `reacted with ${reaction.emoji}${to}`, emote: true };
}

function contentFields(content: Content, media: UploadedMedia | undefined): Record<string, unknown> {
  if (content.kind === 'text') return textFields(content);
  if (content.kind === 'location') {
    const uri = geoUri(content);
    return {
      msgtype: 'm.location',
      body: content.label ?? uri,
      geo_uri: uri,
      'org.matrix.msc3488.location': {
        uri,
        ...(content.label === undefined ? {} : { description: content.label }),
      },
      'org.matrix.msc3488.asset': { type: 'm.pin' },
      'm.mentions': {},
    };
  }
  if (!('media' in content)) return textFields(readableContent(content));
  return media === undefined ? textFields(withoutFile(content, 'no file')) : mediaFields(content, media);
}

/** `m.mentions` is always there: without it, clients ping whoever is named in the text. */
function textFields(content: TextContent): Record<string, unknown> {
  return {
    msgtype: content.emote === true ? 'm.emote' : 'm.text',
    body: content.text,
    ...(content.html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: content.html }),
    'm.mentions': {},
  };
}

const msgtypes = {
  image: 'm.image',
  audio: 'm.audio',
  voice: 'm.audio',
  video: 'm.video',
  file: 'm.file',
  sticker: 'm.image',
} as const;

function mediaFields(content: MediaContent, media: UploadedMedia): Record<string, unknown> {
  const filename = nameOf(content);
  const durationMs = content.media.durationMs;
  const width = media.width ?? content.media.width;
  const height = media.height ?? content.media.height;
  return {
    msgtype: msgtypes[content.kind],
    body: content.caption ?? filename,
    filename,
    ...(content.caption === undefined || content.captionHtml === undefined
      ? {}
      : { format: 'org.matrix.custom.html', formatted_body: content.captionHtml }),
    url: media.mxc,
    info: {
      mimetype: media.mimeType,
      ...(media.sizeBytes === undefined ? {} : { size: media.sizeBytes }),
      ...(width === undefined || height === undefined ? {} : { w: width, h: height }),
      ...(durationMs === undefined ? {} : { duration: Math.round(durationMs) }),
    },
    ...(content.kind === 'voice'
      ? {
          'org.matrix.msc3245.voice': {},
          'org.matrix.msc1767.audio': { duration: Math.round(durationMs ?? 0) },
        }
      : {}),
    'm.mentions': {},
  };
}

/** What clients that know no edits show. */
function fallbackOfEdit(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { body, formatted_body: html } = fields;
  return {
    ...(typeof body === 'string' ? { body: `* ${body}` } : {}),
    ...(typeof html === 'string' ? { formatted_body: `* ${html}` } : {}),
  };
}
