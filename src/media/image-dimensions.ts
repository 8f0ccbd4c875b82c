import { imageSize } from 'image-size';
import { MediaError } from './media-error.ts';
import { sniff } from './sniff.ts';

/** More pixels than this take gigabytes once unpacked. */
export const maxPixels = 50_000_000;

/** How much of a picture's beginning is enough: a camera's JPEG has its size behind a preview of up to 64 KiB, or a few. */
export const imageHeadLength = 256 * 1024;

export interface ImageDimensions {
  readonly width: number;
  readonly height: number;
}

/** Read from the header only; nothing is unpacked. HEIC and the like are left out: their boxes nest, and nobody needs their size. */
const readable = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp']);

/**
 * How large a picture is; undefined where it is no picture or its header cannot be read.
 * @throws {MediaError} `tooLarge` if it has more than 50 million pixels.
 */
export function imageDimensions(head: Uint8Array): ImageDimensions | undefined {
  const type = sniff(head);
  if (type === undefined || !readable.has(type)) return undefined;
  let found: ImageDimensions;
  try {
    const { width, height, orientation } = imageSize(head.subarray(0, imageHeadLength));
    // EXIF orientations from 5 on lie on their side.
    found =
      orientation !== undefined && orientation >= 5 ? { width: height, height: width } : { width, height };
  } catch {
    return undefined;
  }
  if (!(found.width > 0 && found.height > 0)) return undefined;
  if (found.width * found.height > maxPixels) {
    throw new MediaError('tooLarge', `a picture of ${found.width} × ${found.height} pixels`);
  }
  return found;
}
