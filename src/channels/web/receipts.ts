import type { z } from 'zod';
import type { ChannelEvent } from '../channel.ts';
import { nativeId } from './ids.ts';
import type { SequencedEntry } from './log-entry.ts';
import { Problem } from './problem.ts';
import type { receiptsRequest } from './requests.ts';
import { addressOf, type WebLine } from './web-line.ts';

const pageSize = 200;

/** The browser tells how far it got and how far the visitor saw. Never goes backwards, however many tabs tell it. */
export async function takeReceipts(
  web: WebLine,
  visitor: string,
  told: z.output<typeof receiptsRequest>,
): Promise<void> {
  await web.lock.run(visitor, async () => {
    const known = await web.log.visitor(visitor);
    if (known === undefined) throw new Problem(401, 'The visitor is not known any more.');
    const read = Math.max(known.read, Math.min(told.read ?? 0, known.last));
    const delivered = Math.max(known.delivered, read, Math.min(told.delivered ?? 0, known.last));
    if (read === known.read && delivered === known.delivered) return;
    const at = web.host.clock.now();
    const arrived = await ofTheTenant(web, visitor, known.delivered, delivered);
    const seen = (await ofTheTenant(web, visitor, known.read, read)).at(-1);
    const events: ChannelEvent[] = arrived.map((each) => receipt(visitor, each, 'delivered', at));
    if (seen !== undefined) events.push({ ...receipt(visitor, seen, 'read', at), andEarlier: true });
    if (events.length > 0) await web.host.accept(events);
    await web.log.update(visitor, { ...known, read, delivered, activeAt: at });
  });
}

function receipt(
  visitor: string,
  { entry }: SequencedEntry,
  status: 'delivered' | 'read',
  at: number,
): ChannelEvent & { kind: 'receipt' } {
  const target = nativeId(visitor, entry.id);
  return { kind: 'receipt', id: `${target}:${status}`, from: addressOf(visitor), target, status, at };
}

/** What the tenant's side sent between two numbers, the first excluded. */
async function ofTheTenant(
  web: WebLine,
  visitor: string,
  after: number,
  upTo: number,
): Promise<SequencedEntry[]> {
  const found: SequencedEntry[] = [];
  for (let from = after; from < upTo;) {
    const page = await web.log.entriesAfter(visitor, from, pageSize);
    found.push(...page.filter(({ sequence, entry }) => sequence <= upTo && fromTenant(entry)));
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) break;
    from = last.sequence;
  }
  return found;
}

function fromTenant(entry: SequencedEntry['entry']): boolean {
  return entry.by !== 'visitor' && entry.type !== 'session';
}
