import type { MediaKind, MediaReference } from '../../message/message.ts';
import { fieldsAt, textAt, wholeNumberAt, type Fields } from './fields.ts';

const mxcPattern = /^mxc:\/\/[A-Za-z0-9.:[\]-]{1,255}\/[A-Za-z0-9_-]{1,255}$/u;
const mimePattern = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/u;

/** Which of our kinds a media event is; voice messages say so beside `m.audio` (MSC3245). */
export function mediaKindOf(msgtype: string, content: Fields): MediaKind | undefined {
  switch (msgtype) {
    case 'm.image':
      return 'image';
    case 'm.video':
      return 'video';
    case 'm.file':
      return 'file';
    case 'm.audio': {
      const voice = fieldsAt(content, 'org.matrix.msc3245.voice') ?? fieldsAt(content, 'm.voice');
      return voice === undefined ? 'audio' : 'voice';
    }
    default:
      return undefined;
  }
}

/** The file that an event names; undefined without a usable `mxc://` address, as with encrypted files. */
export function mediaReferenceOf(
  content: Fields,
  homeserver: string,
  fileName: string | undefined,
): MediaReference | undefined {
  const mxc = textAt(content, 'url', 520);
  if (mxc === undefined || !mxcPattern.test(mxc)) return undefined;
  const info = fieldsAt(content, 'info');
  const name = fileName === undefined ? undefined : safeFileName(fileName);
  const sizeBytes = wholeNumberAt(info, 'size', 0, Number.MAX_SAFE_INTEGER);
  const width = wholeNumberAt(info, 'w', 1, 100_000);
  const height = wholeNumberAt(info, 'h', 1, 100_000);
  const durationMs =
    wholeNumberAt(info, 'duration', 0, 1e9) ??
    wholeNumberAt(fieldsAt(content, 'org.matrix.msc1767.audio'), 'duration', 0, 1e9);
  return {
    source: { type: 'matrix', homeserver, mxc },
    mimeType: safeMimeType(textAt(info, 'mimetype', 255)),
    ...(name === undefined ? {} : { fileName: name }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

function safeMimeType(said: string | undefined): string {
  const bare = said?.split(';')[0]?.trim().toLowerCase() ?? '';
  return mimePattern.test(bare) ? bare : 'application/octet-stream';
}

/** The last part of what may be a path, without control characters and those that turn the reading direction; at most 200 characters. */
export function safeFileName(said: string): string | undefined {
  const name = (said.toWellFormed().split(/[/\\]/u).at(-1) ?? '')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '')
    .trim();
  if (name === '' || name === '.' || name === '..') return undefined;
  const characters = Array.from(name);
  if (characters.length <= 200) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
  return characters.slice(0, 200 - ending.length).join('') + ending;
}
