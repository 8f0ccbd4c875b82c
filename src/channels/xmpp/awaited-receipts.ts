import { z } from 'zod';
import type { Address, ChannelHost } from '../channel.ts';
import { as, type NativeMessageId } from '../../platform/ids.ts';
import { derivedEvent } from './native-id.ts';

const prefix = 'awaiting/';
/** Most receipts come within this, so most messages are never written down. */
const writeAfterMs = 500;
const againMs = 30_000;
const page = 500;

const stored = z.object({ id: z.string(), via: z.string().optional(), dueAt: z.number() });

interface Awaited {
  readonly from: Address;
  readonly dueAt: number;
}

/**
 * Messages to customers whose apps give receipts, until the receipt is there. One that does not come in time makes the
 * message `unclear`; a late one still counts. Kept over a restart, but for the last half second before a crash.
 */
export class AwaitedReceipts {
  readonly #host: ChannelHost;
  readonly #timeoutMs: number;
  readonly #awaited = new Map<NativeMessageId, Awaited>();
  readonly #written = new Set<NativeMessageId>();
  #changes = new Map<NativeMessageId, Awaited | undefined>();
  #cancelWrite: (() => void) | undefined;
  #cancelDue: (() => void) | undefined;
  #closed = false;

  constructor(host: ChannelHost, timeoutSeconds: number) {
    this.#host = host;
    this.#timeoutMs = timeoutSeconds * 1000;
  }

  async restore(): Promise<void> {
    const found: [NativeMessageId, Awaited][] = [];
    let after: string | undefined;
    for (;;) {
      const entries = await this.#host.records.list({
        prefix,
        limit: page,
        ...(after === undefined ? {} : { after }),
      });
      for (const { key, value } of entries) {
        const read = stored.safeParse(value);
        if (!read.success) continue;
        const { id, via, dueAt } = read.data;
        const target = as<NativeMessageId>(key.slice(prefix.length));
        this.#written.add(target);
        found.push([target, { from: { id: as(id), ...(via === undefined ? {} : { via }) }, dueAt }]);
      }
      after = entries.at(-1)?.key;
      if (entries.length < page) break;
    }
    found.sort(([, a], [, b]) => a.dueAt - b.dueAt);
    for (const [target, awaited] of found) this.#awaited.set(target, awaited);
    this.#schedule();
  }

  sent(target: NativeMessageId, to: Address): void {
    if (this.#timeoutMs === 0 || this.#closed) return;
    const awaited = { from: to, dueAt: this.#host.clock.now() + this.#timeoutMs };
    this.#awaited.set(target, awaited);
    this.#changes.set(target, awaited);
    this.#writeSoon();
    this.#schedule();
  }

  /** A receipt or a failure came, from whomever the message went to. */
  settled(target: NativeMessageId): void {
    if (!this.#awaited.delete(target)) return;
    if (this.#written.delete(target)) this.#changes.set(target, undefined);
    else this.#changes.delete(target);
    if (this.#changes.size > 0) this.#writeSoon();
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWrite?.();
    this.#cancelDue?.();
    await this.#write();
  }

  #writeSoon(): void {
    if (this.#closed) return;
    this.#cancelWrite ??= this.#host.clock.after(writeAfterMs, () => {
      this.#cancelWrite = undefined;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    const changes = this.#changes;
    if (changes.size === 0) return;
    this.#changes = new Map();
    try {
      await this.#host.records.set(
        Object.fromEntries([...changes].map(([target, awaited]) => [prefix + target, entry(awaited)])),
      );
      this.#remember(changes);
    } catch (error) {
      this.#host.logger.warn({ error, count: changes.size }, 'XMPP: awaited receipts cannot be written down');
      for (const [target, awaited] of changes)
        if (!this.#changes.has(target)) this.#changes.set(target, awaited);
      this.#writeSoon();
    }
  }

  /** What was settled while it was being written must be deleted again. */
  #remember(changes: ReadonlyMap<NativeMessageId, Awaited | undefined>): void {
    for (const [target, awaited] of changes) {
      if (awaited === undefined) continue;
      if (this.#awaited.has(target)) this.#written.add(target);
      else this.#changes.set(target, undefined);
    }
    if (this.#changes.size > 0) this.#writeSoon();
  }

  /** All wait equally long, so the first in the map is the first that is due. */
  #schedule(): void {
    this.#cancelDue?.();
    this.#cancelDue = undefined;
    const [first] = this.#awaited.values();
    if (first === undefined || this.#closed) return;
    const delayMs = Math.max(0, first.dueAt - this.#host.clock.now());
    this.#cancelDue = this.#host.clock.after(delayMs, () => void this.#giveUp());
  }

  async #giveUp(): Promise<void> {
    const now = this.#host.clock.now();
    const due = [...this.#awaited].filter(([, { dueAt }]) => dueAt <= now);
    try {
      await this.#host.accept(
        due.map(([target, { from }]) => ({
          kind: 'receipt',
          id: derivedEvent(from.id, 'unclear', target),
          from,
          target,
          status: 'unclear',
          reason: "the recipient's app has not confirmed the message",
          at: now,
        })),
      );
      for (const [target] of due) this.settled(target);
    } catch (error) {
      this.#host.logger.warn({ error }, 'XMPP: unclear messages cannot be told yet');
      if (!this.#closed) this.#cancelDue = this.#host.clock.after(againMs, () => void this.#giveUp());
      return;
    }
    this.#schedule();
  }
}

function entry(awaited: Awaited | undefined): unknown {
  if (awaited === undefined) return undefined;
  const { id, via } = awaited.from;
  return { id, dueAt: awaited.dueAt, ...(via === undefined ? {} : { via }) };
}
