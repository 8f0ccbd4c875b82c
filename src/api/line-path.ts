import { tenantIdPattern } from '../platform/ids.ts';

/** Where a request under `/channels` goes. `rest` as it came: begins with `/`, or is empty; still percent-encoded. */
export interface LinePath {
  readonly channel: string;
  readonly tenant: string;
  readonly line: string;
  readonly rest: string;
  readonly query: string;
}

/** Names that an operator can give; none of them needs an encoding, so an encoded one is somebody's trick. */
const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._~-]{0,62}[A-Za-z0-9])?$/;

/**
 * Taken from the request line itself, before anybody decodes or tidies it: what a module checks a signature over must be what was sent.
 * `undefined`: not a line's path. `malformed`: it is one, and says something that no honest client says (dot segments, NUL,
 * a backslash, broken percent-encoding, in any spelling).
 */
export function parseLinePath(target: string): LinePath | 'malformed' | undefined {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  const [before, prefix, channel = '', tenant = '', line = '', ...segments] = path.split('/');
  if (before !== '' || prefix !== 'channels') return undefined;
  if (!namePattern.test(channel) || !tenantIdPattern.test(tenant) || !namePattern.test(line))
    return undefined;
  if (!segments.every(isHonest)) return 'malformed';
  return { channel, tenant, line, rest: segments.map((segment) => `/${segment}`).join(''), query };
}

function isHonest(segment: string): boolean {
  try {
    const decoded = decodeURIComponent(segment);
    // Once more for those who would be decoded twice further on.
    return ![decoded, decodeAgain(decoded)].some(
      (text) => text.includes('\0') || text.split(/[/\\]/).some((part) => part === '.' || part === '..'),
    );
  } catch {
    return false;
  }
}

function decodeAgain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
