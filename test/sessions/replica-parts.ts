import type { Sequence } from '../../src/delivery/sequence.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createLeases } from '../../src/replicas/leases.ts';
import { createMembership } from '../../src/replicas/membership.ts';
import { createSharedSequence } from '../../src/replicas/shared-sequence.ts';
import { ownedByConversation } from '../../src/sessions/load-conversation.ts';
import { PostgresSignals } from '../../src/store/postgres/postgres-signals.ts';
import { createStoppable } from '../replicas/stoppable.ts';
import { openShared } from '../store/postgres-place.ts';

/** Short enough for a test; a machine, or PostgreSQL, that stands still for some seconds must not look like a replica that is gone. */
const times = { beatMs: 300, lookMs: 150, lifeMs: 12_000, marginMs: 2000 };

/** What one of several Switchboards on a database works with, all of it stoppable at once; the test puts the engine on it. */
export async function openReplicaParts(place: string) {
  const logger = silentLogger;
  const process = createStoppable();
  const clock = process.clock(systemClock);
  const shared = await openShared(place, { maxConnections: 4 });
  const store = process.store(shared);
  const words = await PostgresSignals.open({
    connection: { connectionString: place },
    clock: systemClock,
    logger,
  });
  const signals = process.signals(words);
  const numbers = createSharedSequence(async () => shared.takeNumbers());
  const sequence: Sequence = {
    next: async () => {
      await process.running();
      return numbers.next();
    },
  };
  const membership = createMembership({ store, clock, logger, times });
  const ownership = createLeases({ store, clock, logger, membership, sequence, signals });
  return {
    logger,
    process,
    clock,
    store,
    /** For the engine. */
    shared: {
      ownership,
      sequence,
      owned: ownedByConversation,
      lineOf: () => undefined,
    },
    start: async (delivery: { start(): Promise<void> }): Promise<void> => {
      await membership.start();
      await delivery.start();
    },
    /** Who was killed says nothing to anybody. */
    async stop(delivery: { stop(graceMs: number): Promise<void> }): Promise<void> {
      if (process.state !== 'killed') {
        await delivery.stop(2000);
        await membership.stop(true);
      }
      await words.close();
      await shared.close();
    },
  };
}
