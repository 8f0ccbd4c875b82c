import { registerHooks } from 'node:module';

/**
 * Switchboard as it is, but for one rule: webhooks of events may go to `BENCH_HOOK_ORIGIN`, which the product refuses as a private address.
 */
const from = '...(trustedOrigins === undefined ? {} : { trustedOrigins }),';
const to = "trustedOrigins: [process.env['BENCH_HOOK_ORIGIN'] ?? ''],";

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/src/sessions/events/hook-transport.ts')) return loaded;
    const source = Buffer.from(loaded.source as string).toString();
    if (!source.includes(from)) throw new Error('the webhooks of events are sent in another way by now');
    return { ...loaded, source: source.replace(from, () => to) };
  },
});

await import('../../src/main.ts');
