import type { Clock } from '../../platform/clock.ts';
import type { LineRecords } from '../channel.ts';
import {
  visitorSchema,
  type LogEntry,
  type SequencedEntry,
  type Visitor,
  type VisitorRecord,
} from './log-entry.ts';

const visitorKey = (visitor: string): string => `visitor/${visitor}`;
const entriesOf = (visitor: string): string => `entry/${visitor}/`;
const entryKey = (visitor: string, sequence: number): string =>
  `${entriesOf(visitor)}${String(sequence).padStart(12, '0')}`;
const nameKey = (visitor: string, id: string): string => `name/${visitor}/${id}`;
const uploadKey = (at: number, reference: string): string =>
  `upload/${String(at).padStart(15, '0')}/${reference}`;

const dayMs = 86_400_000;

/**
 * The durable side of the chat: for each visitor who they are, and a log of numbered entries, each found by number and by id.
 * Callers hold the visitor's lock (visitor-lock.ts) around whatever reads and then writes.
 */
export class VisitorLog {
  readonly #records: LineRecords;
  readonly #clock: Clock;
  readonly #keepEntries: number;
  readonly #removeFile: (reference: string) => Promise<void>;

  constructor(
    records: LineRecords,
    clock: Clock,
    keepEntries: number,
    removeFile: (reference: string) => Promise<void>,
  ) {
    this.#records = records;
    this.#clock = clock;
    this.#keepEntries = keepEntries;
    this.#removeFile = removeFile;
  }

  async create(
    visitor: string,
    about: Pick<Visitor, 'name' | 'email' | 'language' | 'page' | 'client'>,
  ): Promise<void> {
    const now = this.#clock.now();
    const fresh: VisitorRecord = {
      ...about,
      createdAt: now,
      activeAt: now,
      last: 0,
      kept: 0,
      delivered: 0,
      read: 0,
      readByAgent: 0,
      session: { state: 'none' },
    };
    await this.#records.set({ [visitorKey(visitor)]: fresh });
  }

  async visitor(visitor: string): Promise<Visitor | undefined> {
    const found = await this.#records.read(visitorKey(visitor));
    if (found === undefined) return undefined;
    return { ...visitorSchema.parse(found.value), version: found.version };
  }

  /** @throws {RecordMoved} when the visitor was written since it was read. */
  async update(visitor: string, changed: Visitor): Promise<void> {
    const { version, ...record } = changed;
    const key = visitorKey(visitor);
    await this.#records.set({ [key]: record }, { onlyIf: { key, version } });
  }

  /**
   * Adds entries at the end, in one write with the changed visitor and further records. Gives the sequence of the last one.
   * What makes the log too long goes in the same write. @throws {RecordMoved} when the visitor was written since it was read.
   */
  async append(
    visitor: string,
    known: Visitor,
    entries: readonly LogEntry[],
    also: Readonly<Record<string, unknown>> = {},
  ): Promise<number> {
    const writes: Record<string, unknown> = { ...also };
    let last = known.last;
    for (const entry of entries) {
      last += 1;
      writes[entryKey(visitor, last)] = entry;
      writes[nameKey(visitor, entry.id)] = last;
    }
    const excess = known.kept + entries.length - this.#keepEntries;
    const dropped = excess > 0 ? await this.entriesAfter(visitor, 0, excess) : [];
    for (const old of dropped) this.#drop(visitor, old, writes);
    const { version, ...record } = known;
    const key = visitorKey(visitor);
    writes[key] = {
      ...record,
      last,
      kept: known.kept + entries.length - dropped.length,
      activeAt: this.#clock.now(),
    } satisfies VisitorRecord;
    await this.#records.set(writes, { onlyIf: { key, version } });
    await this.#removeFilesOf(dropped);
    return last;
  }

  async entriesAfter(visitor: string, sequence: number, limit: number): Promise<SequencedEntry[]> {
    const prefix = entriesOf(visitor);
    const rows = await this.#records.list({ prefix, after: entryKey(visitor, sequence), limit });
    return rows.map(({ key, value }) => ({
      sequence: Number(key.slice(prefix.length)),
      entry: value as LogEntry,
    }));
  }

  async entry(visitor: string, sequence: number): Promise<LogEntry | undefined> {
    return (await this.#records.get(entryKey(visitor, sequence))) as LogEntry | undefined;
  }

  async named(visitor: string, id: string): Promise<SequencedEntry | undefined> {
    const sequence = await this.#records.get(nameKey(visitor, id));
    if (typeof sequence !== 'number') return undefined;
    const entry = await this.entry(visitor, sequence);
    return entry === undefined ? undefined : { sequence, entry };
  }

  /** Records for `append` that put another entry in the place of an old one: what was retracted must not stay. */
  replacing(visitor: string, old: SequencedEntry, entry: LogEntry): Record<string, unknown> {
    const at = this.#clock.now();
    return {
      [entryKey(visitor, old.sequence)]: entry,
      ...Object.fromEntries(filesOf(old.entry).map((reference) => [uploadKey(at, reference), true])),
    };
  }

  /** Remembers an upload until a message names it, so that one that is never sent can be thrown away. */
  async noteUpload(reference: string): Promise<number> {
    const at = this.#clock.now();
    await this.#records.set({ [uploadKey(at, reference)]: true });
    return at;
  }

  /** For `append`: the upload belongs to a message now. */
  claimingUpload(at: number, reference: string): Record<string, unknown> {
    return { [uploadKey(at, reference)]: undefined };
  }

  async removeStaleUploads(): Promise<void> {
    const before = uploadKey(this.#clock.now() - dayMs, '');
    for (;;) {
      const rows = await this.#records.list({ prefix: 'upload/', limit: 200 });
      const stale = rows.filter(({ key }) => key < before);
      for (const { key } of stale) await this.#removeFile(key.split('/')[2]!);
      if (stale.length > 0)
        await this.#records.set(Object.fromEntries(stale.map(({ key }) => [key, undefined])));
      if (stale.length < 200) return;
    }
  }

  /** Visitors who were not seen for so long, in pages. */
  async *idleVisitors(days: number): AsyncGenerator<string> {
    const before = this.#clock.now() - days * dayMs;
    let after: string | undefined;
    for (;;) {
      const rows = await this.#records.list({
        prefix: 'visitor/',
        limit: 200,
        ...(after === undefined ? {} : { after }),
      });
      for (const { key, value } of rows) {
        if (visitorSchema.parse(value).activeAt < before) yield key.slice('visitor/'.length);
      }
      if (rows.length < 200) return;
      after = rows.at(-1)!.key;
    }
  }

  async forget(visitor: string): Promise<void> {
    for (;;) {
      const entries = await this.entriesAfter(visitor, 0, 200);
      const writes: Record<string, unknown> = {};
      for (const old of entries) this.#drop(visitor, old, writes);
      if (entries.length < 200) writes[visitorKey(visitor)] = undefined;
      await this.#records.set(writes);
      await this.#removeFilesOf(entries);
      if (entries.length < 200) return;
    }
  }

  #drop(visitor: string, old: SequencedEntry, writes: Record<string, unknown>): void {
    writes[entryKey(visitor, old.sequence)] = undefined;
    writes[nameKey(visitor, old.entry.id)] = undefined;
  }

  async #removeFilesOf(entries: readonly SequencedEntry[]): Promise<void> {
    for (const { entry } of entries) {
      for (const reference of filesOf(entry)) await this.#removeFile(reference);
    }
  }
}

/** Files in the line's own space that an entry shows. */
function filesOf(entry: LogEntry): string[] {
  const content = entry.type === 'message' || entry.type === 'edit' ? entry.content : undefined;
  if (content === undefined || !('media' in content)) return [];
  return content.media.source.type === 'channel' ? [content.media.source.reference] : [];
}
