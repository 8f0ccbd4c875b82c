import { OpenStreams } from '../../../src/api/events/open-streams.ts';
import { eventStreamRoutes } from '../../../src/api/events/stream-routes.ts';
import { createIdempotency } from '../../../src/api/idempotency.ts';
import { createOperatorGuard } from '../../../src/api/operator-guard.ts';
import { createDelivery } from '../../../src/delivery/delivery-engine.ts';
import type { RetryRules } from '../../../src/delivery/retry-policy.ts';
import { createDeclaredDirectory } from '../../../src/directory/directory.ts';
import type { GuardedFetch } from '../../../src/media/guarded-fetch.ts';
import type { SecretBox } from '../../../src/secrets/secret-box.ts';
import type { ConversationEvent, ConversationOperation } from '../../../src/sessions/conversation-event.ts';
import { createDecideEntry, deliveryEvent } from '../../../src/sessions/decide-entry.ts';
import { eventStream } from '../../../src/sessions/events/event-stream.ts';
import { EventTail } from '../../../src/sessions/events/event-tail.ts';
import { createHookTransport } from '../../../src/sessions/events/hook-transport.ts';
import { createQuarantineNotice } from '../../../src/sessions/quarantine-notice.ts';
import { createResendPolicy } from '../../../src/sessions/resend-policy.ts';
import { outboxGroup } from '../../../src/sessions/service-calls/outbox-group.ts';
import { serveHttp } from '../../api/serve-http.ts';
import { tenantOf } from '../world.ts';
import { openReplicaParts } from '../replica-parts.ts';

export const operatorToken = 'the-token-of-the-operator';

const soon: RetryRules = {
  baseMs: 50,
  capMs: 200,
  slowBaseMs: 50,
  slowCapMs: 200,
  maximumAgeMs: 86_400_000,
};

/**
 * One of several Switchboards on a database, as far as events go: decisions, the engine, webhooks and the stream, with a tenant whose
 * customers wait for nobody.
 */
export async function startEventReplica(options: {
  readonly place: string;
  readonly box: SecretBox;
  readonly fetch: GuardedFetch;
  readonly trustedOrigins: readonly string[];
  /** A webhook is about to be told of this event, and has taken it. */
  readonly sending: (event: string) => void;
  readonly sent: (event: string) => void;
}) {
  const { place, box, fetch, trustedOrigins } = options;
  const parts = await openReplicaParts(place);
  const { logger, process, clock, store } = parts;
  const directory = createDeclaredDirectory([tenantOf({ agents: [], policy: { manual: true } })]);
  const toHook = createHookTransport({
    store,
    clock,
    logger,
    box,
    fetch,
    trustedOrigins,
    accept: async (...given) => delivery.accept(...given),
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
      now: () => clock.now(),
      recordsEvents: () => true,
      fromRoomEvent: () => {
        throw new Error('nobody says anything in rooms here');
      },
    }),
    transport: async (tenant, { id, operation }, { mayGoOut }) => {
      await process.running();
      if (operation.on !== 'hook') {
        mayGoOut();
        return { nativeId: `n-${id}` };
      }
      const { event } = operation.operation;
      options.sending(event);
      const taken = await toHook(tenant, operation.operation, mayGoOut);
      await process.running();
      options.sent(event);
      return taken;
    },
    resendPolicy: createResendPolicy(directory),
    outboxGroup,
    retryRulesOf: ({ operation }) => (operation.on === 'hook' ? soon : undefined),
    resultEvent: deliveryEvent,
    delayEvent: deliveryEvent,
    shared: parts.shared,
  });
  await parts.start(delivery);

  const streams = new OpenStreams();
  const tail = new EventTail({ store, clock, logger });
  const server = await serveHttp({
    routers: [
      eventStreamRoutes({
        guard: createOperatorGuard({
          hasTenant: (tenant) => directory.tenant(tenant) !== undefined,
          operatorToken,
          idempotency: createIdempotency({ store, now: () => clock.now() }),
          logger,
        }),
        streams,
        logger,
        events: {
          use: async () => undefined,
          stream: (tenant, wanted) => eventStream({ store, tail }, tenant, wanted),
        },
      }),
    ],
  });
  return {
    store,
    clock,
    delivery,
    process,
    stream: `${server.url}/api/v1/tenants/acme/events`,
    /** As kill -9 does: connections break, and nothing more is heard of it. */
    kill() {
      process.kill();
      streams.stop();
    },
    async stop() {
      streams.stop();
      await server.stop();
      await parts.stop(delivery);
    },
  };
}

export type EventReplica = Awaited<ReturnType<typeof startEventReplica>>;
