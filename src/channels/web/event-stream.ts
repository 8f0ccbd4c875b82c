import type { Clock } from '../../platform/clock.ts';
import type { Streams } from './streams.ts';
import { entryEvent, helloEvent, type FileLink } from './to-wire.ts';
import type { VisitorLog } from './visitor-log.ts';

/** So often a silent stream shows that it lives, in milliseconds. Below the 30 s after which common proxies give up. */
const keepAliveMs = 20_000;
const pageSize = 100;

export interface EventStreamParts {
  readonly log: VisitorLog;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly link: FileLink;
}

/**
 * What one tab sees: where things stand, every entry of the log after `after` in order, and then what comes, until the peer
 * goes. Entries are always read from the log, never passed along in memory, so that there is one order and no gap.
 */
export async function* eventStream(
  parts: EventStreamParts,
  visitor: string,
  options: { readonly after: number; readonly token?: string; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const { log, streams, clock } = parts;
  const subscription = streams.open(visitor);
  const leave = (): void => subscription.close();
  options.signal.addEventListener('abort', leave, { once: true });
  try {
    if (options.signal.aborted) return;
    const known = await log.visitor(visitor);
    if (known === undefined) return;
    yield `retry: 2000\n\n${helloEvent(known, options.token)}`;
    // A number from a log that is no more (restored from a backup, say) must not hide what comes.
    let after = Math.min(options.after, known.last);
    while (!subscription.closed) {
      const news = subscription.news();
      const passing = subscription.takePassing();
      const entries = await log.entriesAfter(visitor, after, pageSize);
      const events = [...entries.map((each) => entryEvent(each, parts.link)), ...passing];
      after = entries.at(-1)?.sequence ?? after;
      if (events.length > 0) yield events.join('');
      else if (await silent(news, clock)) yield ':\n\n';
    }
  } finally {
    options.signal.removeEventListener('abort', leave);
    subscription.close();
  }
}

/** Waits for news; true if none came for the time of a keep-alive. */
async function silent(news: Promise<void>, clock: Clock): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.after(keepAliveMs, () => resolve(true));
  try {
    return await Promise.race([promise, news.then(() => false)]);
  } finally {
    cancel();
  }
}
