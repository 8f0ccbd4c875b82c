import type { MediaContent, MediaKind } from '../../message/message.ts';

const kinds: readonly (readonly [MediaKind, string, RegExp])[] = [
  ['image', 'image/jpeg', /\.jpe?g$/],
  ['image', 'image/png', /\.png$/],
  ['image', 'image/gif', /\.gif$/],
  ['image', 'image/webp', /\.webp$/],
  ['audio', 'audio/mpeg', /\.mp3$/],
  ['audio', 'audio/wav', /\.wav$/],
  ['audio', 'audio/ogg', /\.(?:ogg|oga|opus)$/],
  ['audio', 'audio/mp4', /\.m4a$/],
  ['video', 'video/mp4', /\.(?:mp4|m4v)$/],
  ['video', 'video/webm', /\.webm$/],
  ['file', 'application/pdf', /\.pdf$/],
];

/** A file behind a URL; what it is, the name tells until the bytes are there. */
export function fileContent(url: string, caption?: string): MediaContent {
  const path = URL.canParse(url) ? new URL(url).pathname : '';
  const [kind, mimeType] = kinds.find(([, , name]) => name.test(path.toLowerCase())) ?? [
    'file',
    'application/octet-stream',
  ];
  return {
    kind,
    media: { source: { type: 'url', url }, mimeType },
    ...(caption === undefined ? {} : { caption }),
  };
}
