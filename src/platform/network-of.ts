import { isIPv6 } from 'node:net';

/** One household: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(remoteAddress: string): string {
  const plain = remoteAddress.replace(/^::ffff:/i, '').replace(/%.*$/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const start = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole = [...start, ...Array<string>(Math.max(0, 8 - start.length - end.length)).fill('0'), ...end];
  return whole
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}

/** Whether an address is this machine's own: a reverse proxy here, behind which there may be anybody. */
export function isLoopback(remoteAddress: string): boolean {
  const plain = remoteAddress.replace(/^::ffff:/i, '');
  return plain === '::1' || plain.startsWith('127.');
}
