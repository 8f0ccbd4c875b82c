import type { Router } from 'express';
import { apiDocument } from './api-document.ts';
import { createIdempotency } from './api/idempotency.ts';
import type { OpenStreams } from './api/events/open-streams.ts';
import { createKeyCheck } from './api/keys/key-check.ts';
import { createKeyDesk } from './api/keys/key-desk.ts';
import { KeyLimits, type KeyRates } from './api/keys/key-limits.ts';
import { shareTakings } from './api/keys/shared-takings.ts';
import type { LineRoutesOptions } from './api/line-routes.ts';
import { operatorApi } from './api/operator-api.ts';
import { defaultRequestRates } from './api/request-limits.ts';
import type { Accept } from './delivery/accept.ts';
import { deliveries } from './delivery/collections.ts';
import { dropDelivery, listDeliveries } from './delivery/dead-letters.ts';
import type { Delivery } from './delivery/delivery-engine.ts';
import type { Directory } from './directory/directory.ts';
import type { Secrets } from './open-secrets.ts';
import type { Clock } from './platform/clock.ts';
import type { TenantId } from './platform/ids.ts';
import type { Logger } from './platform/log.ts';
import type { DirectoryDesk } from './sessions/kept-directory/directory-desk.ts';
import type { DirectoryRules } from './sessions/kept-directory/directory-rules.ts';
import type { ConversationEvent, ConversationOperation } from './sessions/conversation-event.ts';
import type { Parked } from './sessions/front/parked.ts';
import { eventStream } from './sessions/events/event-stream.ts';
import { EventTail } from './sessions/events/event-tail.ts';
import type { EventUse } from './sessions/events/event-use.ts';
import { createHookDesk } from './sessions/events/hook-desk.ts';
import { createLedger } from './sessions/ledger/ledger.ts';
import { createRoutingDesk } from './sessions/routing-desk.ts';
import type { RuleDesk } from './sessions/rule-desk/rule-desk.ts';
import type { Store } from './store/store.ts';

/** What operators ask for over HTTP. Made before what it leads to: that is asked for when somebody calls. */
export function operatorRouters(parts: {
  readonly store: Store;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly operatorToken: string;
  readonly secondaryOperatorToken?: string | undefined;
  readonly rates?: KeyRates;
  /** No other replica shares the store. */
  readonly alone: boolean;
  readonly secrets: Secrets;
  readonly isReady: () => boolean;
  readonly delivery: () => Delivery<ConversationEvent, ConversationOperation>;
  readonly lines: () => LineRoutesOptions['lines'];
  readonly rules: RuleDesk;
  readonly desk: () => DirectoryDesk;
  readonly parked: () => Parked;
  readonly directoryRules: DirectoryRules;
  readonly trustedOrigins?: readonly string[];
  readonly eventUse: EventUse;
  readonly streams: OpenStreams;
}): Router[] {
  const { store, directory, clock, logger, operatorToken, secondaryOperatorToken } = parts;
  const { rates = defaultRequestRates, alone, secrets, isReady, delivery, lines } = parts;
  const { eventUse, streams, rules, desk, parked, directoryRules } = parts;
  const tail = new EventTail({ store, clock, logger });
  const accept: Accept<ConversationEvent> = async (...given) => delivery().accept(...given);
  const hasTenant = (tenant: TenantId): boolean => directory.tenant(tenant) !== undefined;
  return operatorApi({
    isReady,
    quarantine: {
      list: async (tenant, page) => delivery().quarantine.list(tenant, page),
      get: async (tenant, id) => delivery().quarantine.get(tenant, id),
      putBack: async (tenant, id, also) => delivery().quarantine.putBack(tenant, id, also),
      drop: async (tenant, id, also) => delivery().quarantine.drop(tenant, id, also),
    },
    deliveries: {
      list: async (tenant, state, page) => listDeliveries(store, tenant, state, page),
      get: async (tenant, id) => (await store.get(tenant, deliveries, id))?.value,
      retry: async (tenant, id, also) => delivery().retry(tenant, id, also),
      drop: async (tenant, id, also) => dropDelivery(store, clock, tenant, id, also),
    },
    ledger: createLedger({ store, directory, now: () => clock.now() }),
    lines: {
      list: async (tenant) => lines().list(tenant),
      get: async (tenant, line) => lines().get(tenant, line),
      put: async (tenant, line, input, condition) => lines().put(tenant, line, input, condition),
      remove: async (tenant, line, condition, also) => lines().remove(tenant, line, condition, also),
      verify: async (tenant, line) => lines().verify(tenant, line),
    },
    routing: createRoutingDesk({
      store,
      directory,
      now: () => clock.now(),
      accept,
      trustedOrigins: parts.trustedOrigins ?? [],
    }),
    rules,
    directory: {
      tenants: async () => desk().tenants(),
      tenant: async (id) => desk().tenant(id),
      list: async (tenant, kind) => desk().list(tenant, kind),
      get: async (tenant, kind, name) => desk().get(tenant, kind, name),
      put: async (tenant, part, input, condition, also) => desk().put(tenant, part, input, condition, also),
      remove: async (tenant, part, condition, also) => desk().remove(tenant, part, condition, also),
    },
    parked: {
      list: async (page) => parked().list(page),
      view: async (id) => parked().view(id),
      assign: async (id, owner, also) => parked().assign(id, owner, also),
      count: async () => parked().count(),
    },
    identifiers: directory,
    nameOf: (kind, input) => directoryRules.nameOf(kind, input),
    secrets,
    events: {
      use: async (tenant) => eventUse.use(tenant),
      stream: (tenant, wanted) => eventStream({ store, tail }, tenant, wanted),
    },
    streams,
    hookDesk: createHookDesk({ store, clock, box: secrets.box, use: eventUse, accept }),
    keyDesk: createKeyDesk({ store, now: () => clock.now() }),
    document: apiDocument(),
    hasTenant,
    operatorToken,
    ...(secondaryOperatorToken === undefined ? {} : { secondaryOperatorToken }),
    keys: createKeyCheck({ store, clock, logger, hasTenant }),
    limits: new KeyLimits(rates, { clock, logger, share: alone ? undefined : shareTakings(store) }),
    idempotency: createIdempotency({ store, now: () => clock.now() }),
    logger,
  });
}
