import type { Accept } from './delivery/accept.ts';
import type { LookUp, Transport } from './delivery/delivery.ts';
import type { Directory } from './directory/directory.ts';
import type { GuardedFetch } from './media/guarded-fetch.ts';
import type { Clock } from './platform/clock.ts';
import type { Logger } from './platform/log.ts';
import type { Metrics } from './platform/metrics.ts';
import type { SecretBox } from './secrets/secret-box.ts';
import { createApplicationCaller } from './sessions/applications/application-caller.ts';
import { createAskOverHttp } from './sessions/applications/ask-over-http.ts';
import { createAskChooser } from './sessions/choosers/ask-chooser.ts';
import type { ConversationEvent, ConversationOperation } from './sessions/conversation-event.ts';
import { createHookTransport } from './sessions/events/hook-transport.ts';
import { createHandOver } from './sessions/front/hand-over.ts';
import type { Homeservers } from './sessions/homeservers.ts';
import {
  createLineLookUp,
  createLineTransport,
  type LineTransportOptions,
} from './sessions/line-transport.ts';
import type { Lines } from './sessions/lines.ts';
import { createSendCounters } from './sessions/sending/send-counters.ts';
import { createDeclaredLookUp } from './sessions/service-calls/declared-look-up.ts';
import { createServiceTransport } from './sessions/service-calls/service-transport.ts';
import type { Store } from './store/store.ts';

export interface TransportParts {
  readonly store: Store;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'beyondSendLimit' | 'smsSegments'>;
  readonly box: SecretBox;
  readonly fetch: GuardedFetch;
  /** Origins that the operator trusts, exempt from the rule against private addresses. */
  readonly trustedOrigins: readonly string[];
  readonly lines: Pick<Lines, 'connection'>;
  readonly homeservers: Pick<Homeservers, 'deliver'>;
  readonly accept: Accept<ConversationEvent>;
}

/** The ways by which what conversations decide leaves: to rooms, lines, webhooks, services, choosers and from a shared line to its tenants. */
export function openTransport(parts: TransportParts): {
  readonly transport: Transport<ConversationOperation>;
  /** Of lines only: nobody else can tell. */
  readonly lookUp: LookUp<ConversationOperation>;
} {
  const { store, directory, clock, logger, metrics, lines, homeservers } = parts;
  const now = (): number => clock.now();
  const lineParts: LineTransportOptions = {
    store,
    now,
    connection: (tenant, line) => lines.connection(tenant, line),
  };
  const toLine = createLineTransport({
    ...lineParts,
    counters: createSendCounters({
      store,
      directory,
      clock,
      onBeyond: (tenant, line, limit) => {
        metrics.beyondSendLimit(tenant, line, limit);
      },
      onSegments: (tenant, line, segments) => {
        metrics.smsSegments(tenant, line, segments);
      },
    }),
  });
  const lookUpAtLine = createLineLookUp({ ...lineParts, logger });
  // A tenant gives a webhook's URL, so no origin is trusted there.
  const { trustedOrigins: _, ...hookParts } = parts;
  const toHook = createHookTransport(hookParts);
  const toService = createServiceTransport({
    accept: parts.accept,
    lookUp: createDeclaredLookUp(parts),
    askApplication: createAskOverHttp({ directory, call: createApplicationCaller({ ...parts, now }) }),
  });
  const toChooser = createAskChooser({ ...parts, now });
  const toTenant = createHandOver(parts);

  return {
    async transport(tenant, { operation, ...rest }, attempt) {
      if (operation.on === 'hook') return toHook(tenant, operation.operation, attempt.mayGoOut);
      attempt.mayGoOut();
      switch (operation.on) {
        case 'service':
          return toService(tenant, { ...rest, operation }, operation.operation);
        case 'chooser':
          return toChooser(tenant, operation.operation);
        case 'tenant':
          return toTenant(operation.operation);
        case 'room':
          return homeservers.deliver(tenant, { ...rest, operation: operation.operation }, attempt);
        case 'line':
          return toLine(tenant, { ...rest, operation }, operation.operation, attempt.mayGoOut);
      }
    },
    lookUp: async (tenant, { operation, ...rest }) =>
      operation.on === 'line' ? lookUpAtLine(tenant, { ...rest, operation }, operation.operation) : undefined,
  };
}
