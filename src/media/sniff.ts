import { mimeEssence } from './media-kind.ts';

/** How many bytes of a file's beginning {@link sniff} looks at. */
export const sniffLength = 4096;

/**
 * The content type that a file's first bytes show, for the kinds that people send; undefined for all else.
 *
 * A table of our own: the library at hand (file-type) needs Node 22 and unpacks archives to look inside, which we never do
 * with what strangers send.
 */
export function sniff(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, sniffLength));
  for (const [type, matches] of signatures) if (matches(bytes)) return type;
  return undefined;
}

type Signature = (bytes: Buffer) => boolean;

const at =
  (offset: number, ...parts: readonly (string | number)[]): Signature =>
  (bytes) => {
    const expected = Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))),
    );
    return bytes.subarray(offset, offset + expected.length).equals(expected);
  };
const both =
  (...conditions: readonly Signature[]): Signature =>
  (bytes) =>
    conditions.every((condition) => condition(bytes));
const either =
  (...conditions: readonly Signature[]): Signature =>
  (bytes) =>
    conditions.some((condition) => condition(bytes));
/** ISO base media: the brand stands behind `ftyp`. */
const brand = (...brands: readonly string[]): Signature =>
  both(at(4, 'ftyp'), either(...brands.map((name) => at(8, name))));
const holds =
  (text: string): Signature =>
  (bytes) =>
    bytes.subarray(0, 512).includes(text, 0, 'latin1');
const startsAsText =
  (pattern: RegExp): Signature =>
  (bytes) =>
    pattern.test(bytes.subarray(0, 1024).toString('latin1'));

const signatures: readonly (readonly [string, Signature])[] = [
  ['image/png', at(0, 0x89, 'PNG\r\n', 0x1a, '\n')],
  ['image/jpeg', at(0, 0xff, 0xd8, 0xff)],
  ['image/gif', either(at(0, 'GIF87a'), at(0, 'GIF89a'))],
  ['image/webp', both(at(0, 'RIFF'), at(8, 'WEBP'))],
  ['image/bmp', both(at(0, 'BM'), at(6, 0, 0, 0, 0))],
  ['image/tiff', either(at(0, 'II*', 0), at(0, 'MM', 0, '*'))],
  ['image/avif', brand('avif', 'avis')],
  ['image/heic', brand('heic', 'heix', 'hevc', 'heim', 'heis', 'mif1', 'msf1')],
  ['audio/mp4', brand('M4A ', 'M4B ', 'F4A ')],
  ['video/3gpp', brand('3gp', '3g2', '3ge', '3gg')],
  ['video/quicktime', brand('qt  ')],
  ['video/mp4', at(4, 'ftyp')],
  ['video/webm', both(at(0, 0x1a, 0x45, 0xdf, 0xa3), holds('webm'))],
  ['video/x-matroska', at(0, 0x1a, 0x45, 0xdf, 0xa3)],
  ['video/ogg', both(at(0, 'OggS'), holds('theora'))],
  ['audio/ogg', at(0, 'OggS')],
  ['audio/wav', both(at(0, 'RIFF'), at(8, 'WAVE'))],
  ['video/x-msvideo', both(at(0, 'RIFF'), at(8, 'AVI '))],
  ['audio/flac', at(0, 'fLaC')],
  ['audio/amr', at(0, '#!AMR')],
  ['audio/midi', at(0, 'MThd')],
  ['audio/aac', either(at(0, 0xff, 0xf1), at(0, 0xff, 0xf9))],
  ['audio/mpeg', either(at(0, 'ID3'), ...[0xfb, 0xf3, 0xf2, 0xfa].map((second) => at(0, 0xff, second)))],
  ['application/pdf', at(0, '%PDF-')],
  ['application/zip', either(at(0, 'PK', 3, 4), at(0, 'PK', 5, 6), at(0, 'PK', 7, 8))],
  ['application/gzip', at(0, 0x1f, 0x8b)],
  ['application/x-7z-compressed', at(0, '7z', 0xbc, 0xaf, 0x27, 0x1c)],
  ['application/vnd.rar', at(0, 'Rar!', 0x1a, 7)],
  ['application/x-msdownload', at(0, 'MZ')],
  ['application/x-elf', at(0, 0x7f, 'ELF')],
  ['application/msword', at(0, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)],
  ['text/vcard', startsAsText(/^(?:\xef\xbb\xbf)?BEGIN:VCARD/i)],
  ['text/calendar', startsAsText(/^(?:\xef\xbb\xbf)?BEGIN:VCALENDAR/i)],
  [
    'image/svg+xml',
    startsAsText(
      /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[^>]{0,500}>\s*|<!DOCTYPE svg[^>]{0,300}>\s*)*<svg[\s>]/i,
    ),
  ],
  [
    'text/html',
    startsAsText(
      /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|script|iframe|style|title|meta|div|p|a|img|table)[\s>]/i,
    ),
  ],
];

/** What is said to be one of these can be many things in one wrapping; its first bytes only tell the wrapping. */
const wrappings: Readonly<Record<string, RegExp>> = {
  'application/zip':
    /^application\/(?:vnd\.openxmlformats-|vnd\.oasis\.|vnd\.apple\.|epub\+zip|java-archive|vnd\.android\.package-archive|x-zip)/,
  'application/gzip': /^application\/(?:x-gzip|x-tar|x-compressed-tar|x-tgz)$/,
  'application/msword': /^application\/(?:vnd\.ms-|x-ole-storage)/,
  'video/mp4': /^(?:audio|video)\/(?:mp4|x-m4v|x-m4a|m4a)$/,
  'video/webm': /^audio\/webm$/,
  'audio/ogg': /^(?:audio\/opus|application\/ogg|video\/ogg)$/,
  'audio/mpeg': /^audio\/(?:mp3|x-mp3|aac)$/,
  'image/heic': /^image\/(?:heif|heic|heic-sequence|heif-sequence|avif)$/,
  'video/3gpp': /^(?:audio\/3gpp2?|video\/3gpp2)$/,
  'video/quicktime': /^video\/mp4$/,
  'audio/wav': /^audio\/(?:x-wav|wave|vnd\.wave)$/,
  'image/bmp': /^image\/x-ms-bmp$/,
};

/** Types that first bytes would have shown, had the file been what it is said to be. */
const recognisable =
  /^(?:image\/(?:png|jpeg|gif|webp|bmp|avif|heic)|application\/pdf|video\/(?:mp4|webm|quicktime))$/;

/**
 * What a file is, by what was said and what its first bytes show. The bytes win; where they show nothing, a claim to be
 * something that they would have shown is not believed (`application/octet-stream`).
 */
export function trueMimeType(declared: string, head: Uint8Array): string {
  const said = mimeEssence(declared);
  const seen = sniff(head);
  if (seen === undefined) return recognisable.test(said) ? 'application/octet-stream' : said;
  if (said === seen || wrappings[seen]?.test(said) === true) return said;
  return seen;
}
