/** The type that the first bytes of a file betray; undefined where they betray none. */
export function sniffFileType(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64));
  const ascii = bytes.toString('latin1');
  const at = (offset: number, text: string): boolean => ascii.startsWith(text, offset);
  if (at(0, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (at(0, '\xff\xd8\xff')) return 'image/jpeg';
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return 'image/gif';
  if (at(0, 'RIFF') && at(8, 'WEBP')) return 'image/webp';
  if (at(0, 'RIFF') && at(8, 'WAVE')) return 'audio/wav';
  if (at(4, 'ftyp')) return isoBaseMedia(ascii.slice(8, 12));
  if (at(0, 'OggS')) return 'audio/ogg';
  if (at(0, '\x1aE\xdf\xa3')) return ascii.includes('webm') ? 'video/webm' : 'video/x-matroska';
  if (at(0, 'ID3') || (bytes[0] === 0xff && [0xfb, 0xf3, 0xf2].includes(bytes[1] ?? 0))) return 'audio/mpeg';
  if (at(0, 'fLaC')) return 'audio/flac';
  if (at(0, '%PDF-')) return 'application/pdf';
  if (at(0, 'PK\x03\x04')) return 'application/zip';
  return undefined;
}

function isoBaseMedia(brand: string): string {
  if (brand.startsWith('avif')) return 'image/avif';
  if (/^(heic|heix|mif1|msf1)/.test(brand)) return 'image/heic';
  if (brand.startsWith('M4A')) return 'audio/mp4';
  if (brand.startsWith('qt')) return 'video/quicktime';
  return 'video/mp4';
}

/** Types that browsers show or play by themselves: a claim to be one of these is believed only if the bytes bear it out. */
const shown = /^(image|audio|video)\//;
/** Containers that carry more than one type: what the sender says stands if it is one of these. */
const sameContainer: Readonly<Record<string, RegExp>> = {
  'application/zip': /^application\/(?!octet-stream)[a-z0-9.+-]+$/,
  'audio/ogg': /^(audio|video)\/ogg$|^audio\/opus$/,
  'video/webm': /^(audio|video)\/webm$/,
  'video/x-matroska': /^(audio|video)\/(webm|x-matroska)$/,
  'video/mp4': /^(audio|video)\/mp4$|^video\/(3gpp|quicktime)$/,
};
const validType = /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,80}$/;

/** What a file is taken for, given what its sender claims and how it begins. */
export function settleFileType(claimed: string, head: Uint8Array): string {
  const wanted = claimed.split(';', 1)[0]!.trim().toLowerCase();
  const found = sniffFileType(head);
  if (found !== undefined) return sameContainer[found]?.test(wanted) === true ? wanted : found;
  if (!validType.test(wanted) || shown.test(wanted)) return 'application/octet-stream';
  return wanted;
}
