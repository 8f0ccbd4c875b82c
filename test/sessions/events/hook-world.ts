import { onTestFinished } from 'vitest';
import { createGuardedFetch } from '../../../src/media/guarded-fetch.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { KeyRing } from '../../../src/secrets/key-ring.ts';
import { SecretBox } from '../../../src/secrets/secret-box.ts';
import { makeSecretKey, readSecretKey } from '../../../src/secrets/secret-key.ts';
import { EventUse } from '../../../src/sessions/events/event-use.ts';
import { createHookDesk, type GivenHook } from '../../../src/sessions/events/hook-desk.ts';
import { createHookTransport } from '../../../src/sessions/events/hook-transport.ts';
import { acme, openWorld } from '../world.ts';
import { startReceiver } from './receiver.ts';

/** The world of the session tests with webhooks, and programs that are told of events over HTTP. */
export async function openHookWorld() {
  const world = await openWorld({ recordsEvents: true });
  const { store, clock, delivery } = world;
  const key = readSecretKey('first', makeSecretKey());
  if (key === undefined) throw new Error('no key was made');
  const box = new SecretBox(new KeyRing({ read: () => ({ first: key, all: [key] }), cure: 'none' }));
  const fetch = createGuardedFetch({ allowHttp: true, logger: silentLogger });
  const receivers: Awaited<ReturnType<typeof startReceiver>>[] = [];
  const use = new EventUse({ store, clock, logger: silentLogger, alone: true });
  const desk = createHookDesk({ store, clock, box, use, accept: delivery.accept });
  const trustedOrigins: string[] = [];
  world.hooksGoBy(
    createHookTransport({
      store,
      clock,
      box,
      fetch,
      logger: silentLogger,
      accept: delivery.accept,
      trustedOrigins,
    }),
  );
  onTestFinished(async () => {
    await world.close();
    await fetch.close();
    for (const receiver of receivers) await receiver.stop();
  });
  return {
    world,
    desk,
    use,
    box,
    /** A program that is told of events, and the webhook that tells it. */
    async receiver(given: Partial<GivenHook> = {}) {
      const receiver = await startReceiver();
      receivers.push(receiver);
      trustedOrigins.push(receiver.origin);
      const made = await desk.create(
        acme,
        { url: receiver.url, types: [], enabled: true, ...given },
        () => [],
      );
      if (made === undefined) throw new Error('the tenant has too many webhooks');
      return { ...receiver, hook: made.view.id, secret: made.secret };
    },
  };
}

export type HookWorld = Awaited<ReturnType<typeof openHookWorld>>;
