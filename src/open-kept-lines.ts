import { lineRules } from './config/line-rules.ts';
import type { ChangingDirectory } from './directory/directory.ts';
import type { Clock } from './platform/clock.ts';
import type { Accept } from './delivery/accept.ts';
import type { Logger } from './platform/log.ts';
import type { SecretBox } from './secrets/secret-box.ts';
import type { ConversationEvent } from './sessions/conversation-event.ts';
import { KeptLines } from './sessions/kept-lines/kept-lines.ts';
import { createHolderQuestions } from './sessions/kept-lines/ask-holder.ts';
import { createLineDesk, verifyHere, type LineDesk } from './sessions/kept-lines/line-desk.ts';
import { LineEndings } from './sessions/kept-lines/line-endings.ts';
import type { Lines } from './sessions/lines.ts';
import type { Signals } from './store/signals.ts';
import type { Store } from './store/store.ts';

/** Lines that operators add by REST: brought from the store to `lines`, and changed at the desk. */
export function openKeptLines(parts: {
  readonly directory: ChangingDirectory;
  readonly store: Store;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lines: Lines;
  readonly accept: Accept<ConversationEvent>;
  readonly publicUrl: string;
  readonly signals?: Signals;
}): { readonly desk: LineDesk } & Pick<KeptLines, 'load' | 'watch' | 'stop' | 'lookAt'> {
  const { lines, signals, clock, logger } = parts;
  const holders =
    signals &&
    createHolderQuestions({
      signals,
      clock,
      logger,
      verify: async (tenant, line) => verifyHere(lines, tenant, line),
    });
  const endings = new LineEndings(parts);
  const kept = new KeptLines({
    ...parts,
    endings,
    rules: lineRules,
    changed: async (tenant, line) => lines.change(tenant, line),
  });
  return {
    desk: createLineDesk({
      ...parts,
      rules: lineRules,
      kept,
      endings,
      ...(holders === undefined ? {} : { askHolder: async (tenant, line) => holders.ask(tenant, line) }),
    }),
    load: async () => kept.load(),
    lookAt: async (tenant) => kept.lookAt(tenant),
    watch: () => {
      kept.watch();
    },
    stop: async () => {
      holders?.close();
      await kept.stop();
      await endings.stop();
    },
  };
}
