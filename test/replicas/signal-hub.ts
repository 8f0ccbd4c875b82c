import type { Signals } from '../../src/store/signals.ts';

/** Signals between engines of one process. `lose`: whether a word gets lost, unnoticed. */
export function createSignalHub(lose: () => boolean = () => false): () => Signals {
  const hearers = new Set<{ channel: string; hear: (text: string) => void }>();
  return () => {
    const mine = new Set<{ channel: string; hear: (text: string) => void }>();
    return {
      async send(channel, text) {
        if (lose()) return;
        for (const one of hearers) if (one.channel === channel) setImmediate(() => one.hear(text));
      },
      listen(channel, hear) {
        const one = { channel, hear };
        hearers.add(one);
        mine.add(one);
        return () => {
          hearers.delete(one);
          mine.delete(one);
        };
      },
      onGap: () => undefined,
      async close() {
        for (const one of mine) hearers.delete(one);
      },
    };
  };
}
