import { z } from 'zod';
import type { LineRecords } from '../channel.ts';
import { derivedId } from '../../platform/derived-id.ts';

const stored = z.array(z.string());

/** The network speaks of whole sets of reactions, the core of single ones: between them somebody must remember the sets. */
export class ReactionSets {
  readonly #records: LineRecords;

  constructor(records: LineRecords) {
    this.#records = records;
  }

  async get(whose: 'ours' | 'theirs', bare: string, target: string): Promise<readonly string[]> {
    const read = stored.safeParse(await this.#records.get(keyOf(whose, bare, target)));
    return read.success ? read.data : [];
  }

  async set(
    whose: 'ours' | 'theirs',
    bare: string,
    target: string,
    emojis: readonly string[],
  ): Promise<void> {
    await this.#records.set({ [keyOf(whose, bare, target)]: emojis.length === 0 ? undefined : emojis });
  }
}

function keyOf(whose: string, bare: string, target: string): string {
  return `reactions/${whose}/${derivedId<string>(bare, target)}`;
}
