import { imageSize as measure } from 'image-size';

/** Width and height in pixels as shown, read from the file's header; undefined where it is no picture that we know. */
export function imageSize(
  bytes: Uint8Array,
): { readonly width: number; readonly height: number } | undefined {
  try {
    const { width, height, orientation } = measure(bytes);
    if (!(width > 0 && height > 0)) return undefined;
    // EXIF orientations from 5 on lie on their side.
    return orientation !== undefined && orientation >= 5
      ? { width: height, height: width }
      : { width, height };
  } catch {
    return undefined;
  }
}
