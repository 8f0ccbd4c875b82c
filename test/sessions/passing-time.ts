import type { Delivery } from '../../src/delivery/delivery-engine.ts';
import { timerRecords } from '../../src/delivery/collections.ts';
import type { Store } from '../../src/store/store.ts';
import type { ManualClock } from '../fixtures/manual-clock.ts';

interface Timed {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly delivery: Pick<Delivery<never, never>, 'depths'>;
}

/** Until nothing more can happen before time passes: all that is left waits for the clock. */
export async function stands(world: Timed): Promise<void> {
  for (;;) {
    const { inbox, outbox } = world.delivery.depths();
    const isAtRest = inbox.keys === inbox.waiting && outbox.keys === outbox.waiting;
    if (isAtRest && !(await isTimerDue(world))) return;
    // A timer that was set for a moment already past runs when the clock is next looked at.
    world.clock.advance(0);
    await new Promise(setImmediate);
  }
}

async function isTimerDue({ store, clock }: Timed): Promise<boolean> {
  const query = { index: 'byDue', equals: [], to: clock.now(), limit: 1 };
  for (const tenant of await store.tenants())
    if ((await store.find(tenant, timerRecords, query)).length > 0) return true;
  return false;
}

/**
 * Lets time pass, step by step, until something has come of it; in between, all happens that can. So it takes the same time on a slow machine.
 * @throws what `until` throws, when it has taken `ms`
 */
export async function passUntil(
  world: Timed,
  { ms, stepMs = 1000 }: { readonly ms: number; readonly stepMs?: number },
  until: () => unknown,
): Promise<void> {
  const end = world.clock.now() + ms;
  for (;;) {
    await stands(world);
    try {
      await until();
      return;
    } catch (error) {
      if (world.clock.now() + stepMs >= end) throw error;
    }
    world.clock.advance(stepMs);
  }
}
