import { expect, it, onTestFinished } from 'vitest';
import { openSequence } from '../../src/delivery/sequence.ts';
import { as, type ConversationId, type InboxEntryId } from '../../src/platform/ids.ts';
import type { Store } from '../../src/store/store.ts';
import { createFaultyStore } from '../delivery/faulty-store.ts';
import { createJumpingClock } from '../delivery/jumping-clock.ts';
import { createEngineReplica, createPeers } from './engine-replica.ts';
import { createSignalHub } from './signal-hub.ts';

it('whoever works on a conversation asks the store only for what others may have stored for it', async () => {
  const store = createFaultyStore();
  const asked: string[] = [];
  const noting: Store = {
    ...store,
    get: async (tenant, collection, id) => {
      asked.push(`get ${collection.name}`);
      return store.get(tenant, collection, id);
    },
    find: async (tenant, collection, query) => {
      if (query.index === 'byKey') asked.push(`find ${collection.name}`);
      return store.find(tenant, collection, query);
    },
  };
  const peers = createPeers();
  // Time stands still: no lease ends, and nobody looks round.
  const clock = createJumpingClock();
  const replica = createEngineReplica({
    store: noting,
    signals: createSignalHub()(),
    sequence: await openSequence(store, clock),
    peers,
    clock,
  });
  await replica.start();
  onTestFinished(async () => replica.stop());
  const say = async (text: string): Promise<void> => {
    await replica.accept([{ id: as<InboxEntryId>(text), key: as<ConversationId>('c1'), event: { text } }]);
    await replica.delivery.idle();
  };
  await say('first');
  expect(new Set(asked)).toEqual(new Set(['get leases', 'find inbox', 'get counters', 'find outbox']));
  asked.length = 0;
  await say('second');
  await say('third');
  expect(asked).toEqual(['find inbox', 'find inbox']);
  expect(peers.customers.map(({ text }) => text)).toEqual(['first', 'second', 'third']);
});
