import type { MediaKind } from '../message/message.ts';

/** Pictures that can carry scripts are files to us. */
const notPictures = new Set(['image/svg+xml']);

/** Under which kind a type is shown where its sender said nothing more: never `voice` or `sticker`. */
export function mediaKindOf(mimeType: string): Extract<MediaKind, 'image' | 'audio' | 'video' | 'file'> {
  const essence = mimeEssence(mimeType);
  const [top = ''] = essence.split('/');
  if (notPictures.has(essence)) return 'file';
  return top === 'image' || top === 'audio' || top === 'video' ? top : 'file';
}

/** `image/png` of ` Image/PNG; charset=x`; `application/octet-stream` of anything that is not a type. */
export function mimeEssence(mimeType: string): string {
  const essence = mimeType.slice(0, 200).split(';')[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/.test(essence)
    ? essence
    : 'application/octet-stream';
}
