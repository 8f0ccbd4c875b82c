import { sanitiseHtml } from '../../message/sanitise-html.ts';
import type { Content } from '../../message/message.ts';
import { fieldsAt, textAt, type Fields } from './fields.ts';
import { parseGeoUri } from './geo-uri.ts';
import { mediaKindOf, mediaReferenceOf } from './media-from-event.ts';
import { stripTextFallback } from './reply-fallback.ts';

/** What the content of an `m.room.message` (or the new content of its edit) says. A string: nothing for the conversation, and why. */
export function contentOf(
  content: Fields,
  context: { readonly homeserver: string; readonly isReply: boolean },
): Content | string {
  const msgtype = textAt(content, 'msgtype', 255);
  if (msgtype === undefined) return 'message without a type';
  if (msgtype === 'm.notice') return 'notice';
  if (msgtype.startsWith('m.key.verification.')) return 'verification of a device';
  const body = textAt(content, 'body');
  if (msgtype === 'm.text' || msgtype === 'm.emote') {
    return textContent(content, body ?? '', context.isReply, msgtype === 'm.emote');
  }
  if (msgtype === 'm.location') return locationContent(content, body);
  const kind = mediaKindOf(msgtype, content);
  if (kind === undefined) return { kind: 'unsupported', description: 'a message of a kind unknown here' };
  const named = textAt(content, 'filename', 4096);
  const media = mediaReferenceOf(content, context.homeserver, named ?? body);
  if (media === undefined) {
    return {
      kind: 'unsupported',
      description:
        fieldsAt(content, 'file') === undefined ? 'a file without an address' : 'an encrypted file',
    };
  }
  // Since MSC2530 the body is a caption where it is not the file's name.
  const stripped = context.isReply && body !== undefined ? stripTextFallback(body) : body;
  if (named === undefined || stripped === undefined || stripped === '' || stripped === named)
    return { kind, media };
  const captionHtml = htmlOf(content);
  return { kind, media, caption: stripped, ...(captionHtml === undefined ? {} : { captionHtml }) };
}

/** An `m.sticker`. Its body describes the picture; it is no caption. */
export function stickerOf(content: Fields, homeserver: string): Content {
  const media = mediaReferenceOf(content, homeserver, textAt(content, 'body', 4096));
  return media === undefined
    ? { kind: 'unsupported', description: 'a sticker without an address' }
    : { kind: 'sticker', media };
}

function textContent(content: Fields, body: string, isReply: boolean, emote: boolean): Content | string {
  const text = isReply ? stripTextFallback(body) : body;
  if (text.trim() === '') return 'message without text';
  const html = htmlOf(content);
  return { kind: 'text', text, ...(html === undefined ? {} : { html }), ...(emote ? { emote } : {}) };
}

function htmlOf(content: Fields): string | undefined {
  if (textAt(content, 'format', 255) !== 'org.matrix.custom.html') return undefined;
  const html = sanitiseHtml(textAt(content, 'formatted_body') ?? '');
  return html.trim() === '' ? undefined : html;
}

function locationContent(content: Fields, body: string | undefined): Content {
  const extensible = fieldsAt(content, 'm.location') ?? fieldsAt(content, 'org.matrix.msc3488.location');
  const uri = textAt(extensible, 'uri', 1024) ?? textAt(content, 'geo_uri', 1024);
  const place = uri === undefined ? undefined : parseGeoUri(uri);
  if (place === undefined) return { kind: 'unsupported', description: 'a location without coordinates' };
  const label = textAt(extensible, 'description', 1024) ?? (body === uri ? undefined : body);
  return {
    kind: 'location',
    ...place,
    ...(label === undefined || label.trim() === '' ? {} : { label: label.slice(0, 1024).toWellFormed() }),
  };
}
