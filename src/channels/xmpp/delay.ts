import { ns } from './namespaces.ts';
import { type Element } from './xml.ts';

const earliest = Date.UTC(2000, 0, 1);

/** When a message was written, where a server kept it until now (XEP-0203). Nothing comes from the future. */
export function writtenAt(message: Element, now: number): number {
  const stamp = message.getChild('delay', ns.delay)?.attrs['stamp'];
  if (stamp === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(stamp))
    return now;
  const at = Date.parse(stamp);
  return Number.isNaN(at) || at < earliest || at > now ? now : at;
}
