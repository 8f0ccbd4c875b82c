import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { as, type LineId, type TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Signals } from '../../store/signals.ts';
import { defineCollection, put, systemTenant, type Store } from '../../store/store.ts';

/** Of the installation: another value after each change of a line by REST, for replicas that missed the word of it. */
const lineNews = defineCollection<{ readonly change: string }>('line-news');
const onlyId = 'lines';

const channel = 'switchboard_lines';
const name = z.string().min(1).max(100);
const wordSchema = z.strictObject({
  tenant: name.transform((text) => as<TenantId>(text)),
  line: name.transform((text) => as<LineId>(text)),
});

/** What replicas tell each other of lines that were changed by REST. */
export interface LineNews {
  /** After the change was committed. @throws {StoreUnavailable} */
  tell(tenant: TenantId, line: LineId): Promise<void>;
  /** `changed`: this line; `missed`: perhaps any. */
  hear(changed: (tenant: TenantId, line: LineId) => void, missed: () => void): () => void;
  /** Whether somebody told of something since this was last asked. @throws {StoreUnavailable} */
  isNews(): Promise<boolean>;
}

export function createLineNews(store: Store, signals: Signals | undefined, logger: Logger): LineNews {
  let seen: string | undefined;
  return {
    async tell(tenant, line) {
      if (signals === undefined) return;
      await store.commit(systemTenant, [put(lineNews, onlyId, { change: randomUUID() }, 'any')]);
      // Whoever does not hear of it finds it by looking.
      await signals.send(channel, JSON.stringify({ tenant, line })).catch((error: unknown) => {
        logger.debug({ tenant, line, reason: String(error) }, 'other replicas could not be told of a line');
      });
    },
    hear(changed, missed) {
      signals?.onGap(missed);
      return (
        signals?.listen(channel, (text) => {
          const word = wordSchema.parse(JSON.parse(text));
          changed(word.tenant, word.line);
        }) ?? (() => undefined)
      );
    },
    async isNews() {
      const found = (await store.get(systemTenant, lineNews, onlyId))?.value.change;
      const isNews = found !== seen;
      seen = found;
      return isNews;
    },
  };
}
