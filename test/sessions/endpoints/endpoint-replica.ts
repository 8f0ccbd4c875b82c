import type { Address, Outgoing } from '../../../src/channels/channel.ts';
import { createDelivery } from '../../../src/delivery/delivery-engine.ts';
import { createDeclaredDirectory } from '../../../src/directory/directory.ts';
import type { Tenant } from '../../../src/directory/tenant.ts';
import type { RoomOperation } from '../../../src/matrix/room-operation.ts';
import type { ConversationEvent, ConversationOperation } from '../../../src/sessions/conversation-event.ts';
import { createDecideEntry, deliveryEvent } from '../../../src/sessions/decide-entry.ts';
import { createLineTransport } from '../../../src/sessions/line-transport.ts';
import { createQuarantineNotice } from '../../../src/sessions/quarantine-notice.ts';
import { createResendPolicy } from '../../../src/sessions/resend-policy.ts';
import { createSendCounters } from '../../../src/sessions/sending/send-counters.ts';
import { outboxGroup } from '../../../src/sessions/service-calls/outbox-group.ts';
import { openReplicaParts } from '../replica-parts.ts';

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
  const parts = await openReplicaParts(place);
  const { logger, process, clock, store } = parts;
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
    shared: parts.shared,
  });
  await parts.start(delivery);
  return {
    store,
    delivery,
    process,
    async stop() {
      await parts.stop(delivery);
    },
  };
}

export type EndpointReplica = Awaited<ReturnType<typeof startEndpointReplica>>;
