import type { Content, MediaKind } from './message.ts';
import { excerpt } from './excerpt.ts';

const media: Readonly<Record<MediaKind, string>> = {
  image: 'an image',
  audio: 'an audio file',
  voice: 'a voice message',
  video: 'a video',
  file: 'a file',
  sticker: 'a sticker',
};

/** What kind of media, as people say it: `an image`. */
export function describeMediaKind(kind: MediaKind): string {
  return media[kind];
}

/** A message's content in a few words, on one line: how its text begins, or what it is. */
export function describeContent(content: Content, length = 80): string {
  const short = (text: string): string => excerpt(text, length);
  switch (content.kind) {
    case 'text':
    case 'template':
      return short(content.text);
    case 'choice':
      return short(content.text);
    case 'chosen':
      return short(content.label);
    case 'location':
      return content.label === undefined ? 'a location' : `a location: ${short(content.label)}`;
    case 'contact':
      return `a contact: ${short(content.name)}`;
    case 'page':
      return `a page: ${short(content.title ?? content.url)}`;
    case 'unsupported':
      return short(content.description);
    case 'file':
      return content.media.fileName === undefined ? media.file : `a file: ${short(content.media.fileName)}`;
    default:
      return content.caption === undefined || content.caption.trim() === ''
        ? media[content.kind]
        : `${media[content.kind]}: ${short(content.caption)}`;
  }
}
