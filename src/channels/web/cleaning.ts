import type { WebLine } from './web-line.ts';

const hourMs = 3_600_000;

/** Every hour forgets visitors who stayed away too long, and uploads that nobody sent. Gives the way to stop it. */
export function startCleaning(web: WebLine): () => void {
  let cancel = web.host.clock.after(hourMs, run);
  let stopped = false;
  function run(): void {
    clean(web)
      .catch((error: unknown) => web.host.logger.warn({ err: error }, 'old visitors could not be forgotten'))
      .finally(() => {
        if (!stopped) cancel = web.host.clock.after(hourMs, run);
      });
  }
  return () => {
    stopped = true;
    cancel();
  };
}

async function clean(web: WebLine): Promise<void> {
  await web.log.removeStaleUploads();
  for await (const visitor of web.log.idleVisitors(web.line.parameters.keepDays)) {
    if (web.streams.count(visitor) > 0) continue;
    await web.lock.run(visitor, () => web.log.forget(visitor));
  }
}
