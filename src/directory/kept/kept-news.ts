import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Logger } from '../../platform/log.ts';
import type { Signals } from '../../store/signals.ts';
import { defineCollection, put, systemTenant, type Store } from '../../store/store.ts';

/** Of the installation: another value after each change by REST, for replicas that missed the word of it. */
const keptNews = defineCollection<{ readonly change: string }>('line-news');

/** What replicas tell each other of records that were changed by REST. A word says which record. */
export interface KeptNews<Word> {
  /** After the change was committed. @throws {StoreUnavailable} */
  tell(word: Word): Promise<void>;
  /** `changed`: this record; `missed`: perhaps any. */
  hear(changed: (word: Word) => void, missed: () => void): () => void;
  /** Whether somebody told of something since this was last asked. @throws {StoreUnavailable} */
  isNews(): Promise<boolean>;
}

/** `of`: the kind of record, as it is called in the store and on the wire (`lines`). */
export function createKeptNews<Word extends object>(options: {
  readonly of: string;
  readonly word: z.ZodType<Word>;
  readonly store: Store;
  readonly signals: Signals | undefined;
  readonly logger: Logger;
}): KeptNews<Word> {
  const { of, word: schema, store, signals, logger } = options;
  const channel = `switchboard_${of}`;
  let seen: string | undefined;
  return {
    async tell(word) {
      if (signals === undefined) return;
      await store.commit(systemTenant, [put(keptNews, of, { change: randomUUID() }, 'any')]);
      // Whoever does not hear of it finds it by looking.
      await signals.send(channel, JSON.stringify(word)).catch((error: unknown) => {
        logger.debug({ ...word, reason: String(error) }, `other replicas could not be told of ${of}`);
      });
    },
    hear(changed, missed) {
      signals?.onGap(missed);
      return (
        signals?.listen(channel, (text) => {
          changed(schema.parse(JSON.parse(text)));
        }) ?? (() => undefined)
      );
    },
    async isNews() {
      const found = (await store.get(systemTenant, keptNews, of))?.value.change;
      const isNews = found !== seen;
      seen = found;
      return isNews;
    },
  };
}
