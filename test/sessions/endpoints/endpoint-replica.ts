import type { Address, Outgoing } from '../../../src/channels/channel.ts';
import { createDelivery } from '../../../src/delivery/delivery-engine.ts';
import type { Sequence } from '../../../src/delivery/sequence.ts';
import { createDeclaredDirectory } from '../../../src/directory/directory.ts';
import type { Tenant } from '../../../src/directory/tenant.ts';
import type { RoomOperation } from '../../../src/matrix/room-operation.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { createLeases } from '../../../src/replicas/leases.ts';
import { createMembership } from '../../../src/replicas/membership.ts';
import { createSharedSequence } from '../../../src/replicas/shared-sequence.ts';
import type { ConversationEvent, ConversationOperation } from '../../../src/sessions/conversation-event.ts';
import { createDecideEntry, deliveryEvent } from '../../../src/sessions/decide-entry.ts';
import { createLineTransport } from '../../../src/sessions/line-transport.ts';
import { ownedByConversation } from '../../../src/sessions/load-conversation.ts';
import { createQuarantineNotice } from '../../../src/sessions/quarantine-notice.ts';
import { createResendPolicy } from '../../../src/sessions/resend-policy.ts';
import { createSendCounters } from '../../../src/sessions/sending/send-counters.ts';
import { outboxGroup } from '../../../src/sessions/service-calls/outbox-group.ts';
import { PostgresSignals } from '../../../src/store/postgres/postgres-signals.ts';
import { createStoppable } from '../../replicas/stoppable.ts';
import { openShared } from '../../store/postgres-place.ts';

/** Short enough for a test, long enough for a busy machine. */
const times = { beatMs: 300, lookMs: 150, lifeMs: 3000, marginMs: 600 };

/** One of several Switchboards on a database, with decisions, the engine and lines; what leaves it, the test is told of. */
export async function startEndpointReplica(options: {
  readonly place: string;
  readonly tenant: Tenant;
  /** The network took it; `heard`: and this replica knows. */
  readonly sent: (to: Address, outgoing: Outgoing) => void;
  readonly heard: (outgoing: Outgoing) => void;
  readonly shown: (operation: RoomOperation) => void;
}) {
  const { place, tenant, sent, heard, shown } = options;
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
  const leases = createLeases({ store, clock, logger, membership, sequence, signals });
  const directory = createDeclaredDirectory([tenant]);
  const now = (): number => clock.now();
  const toLine = createLineTransport({
    store,
    now,
    connection: () => ({
      async send(to, outgoing) {
        await process.running();
        sent(to, outgoing);
        await process.running();
        heard(outgoing);
        return { id: outgoing.deliveryId as never };
      },
      close: async () => undefined,
    }),
    counters: createSendCounters({
      store,
      directory,
      clock,
      onBeyond: () => undefined,
      onSegments: () => undefined,
    }),
  });
  const delivery = createDelivery<ConversationEvent, ConversationOperation>({
    store,
    clock,
    logger,
    quarantineNotice: createQuarantineNotice({ store, directory }),
    decide: createDecideEntry({
      store,
      directory,
      signedLink: () => 'https://files.example/x',
      now,
      fromRoomEvent: () => {
        throw new Error('nobody says anything in rooms here');
      },
    }),
    transport: async (of, record, { mayGoOut }) => {
      await process.running();
      const { operation } = record;
      if (operation.on === 'line') return toLine(of, { ...record, operation }, operation.operation, mayGoOut);
      mayGoOut();
      if (operation.on === 'room') shown(operation.operation);
      return { nativeId: `$${record.id}` };
    },
    resendPolicy: createResendPolicy(directory),
    outboxGroup,
    resultEvent: deliveryEvent,
    delayEvent: deliveryEvent,
    shared: {
      ownership: leases,
      sequence,
      owned: ownedByConversation,
      lineOf: () => undefined,
      lookEveryMs: 200,
    },
  });
  await membership.start();
  await delivery.start();
  return {
    store,
    delivery,
    process,
    async stop() {
      if (process.state !== 'killed') {
        await delivery.stop(2000);
        await membership.stop(true);
      }
      await words.close();
      await shared.close();
    },
  };
}

export type EndpointReplica = Awaited<ReturnType<typeof startEndpointReplica>>;
