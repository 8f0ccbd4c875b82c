import { contentDisposition } from './file-name.ts';
import { mimeEssence } from './media-kind.ts';

/** What a browser may show in place; everything else is saved. No type among them can carry a script. */
const shownInPlace =
  /^(?:image\/(?:png|jpeg|gif|webp|avif)|audio\/(?:ogg|mpeg|mp4|aac|wav|webm)|video\/(?:mp4|webm|ogg|quicktime))$/;

/**
 * Headers under which a stranger's file may be served from our own origin: never guessed at, never run, saved unless it is a
 * plain picture, sound or video.
 */
export function servingHeaders(
  mimeType: string,
  fileName: string | undefined,
): Readonly<Record<string, string>> {
  const essence = mimeEssence(mimeType);
  return {
    'content-type': essence,
    'content-disposition': contentDisposition(shownInPlace.test(essence) ? 'inline' : 'attachment', fileName),
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'; form-action 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'cross-origin',
    'referrer-policy': 'no-referrer',
  };
}
