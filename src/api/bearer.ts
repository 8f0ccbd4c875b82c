import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header carries the token. Digests, because the comparison in constant time takes equal lengths only. */
export function isBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}
