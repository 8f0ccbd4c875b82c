import { join } from 'node:path';
import { Registry } from 'prom-client';
import { OpenStreams } from './api/events/open-streams.ts';
import { createHttpServer } from './api/http-server.ts';
import { answersKeptMs, keptAnswers } from './api/idempotency.ts';
import { sharedTakings, takingsKeptMs } from './api/keys/shared-takings.ts';
import type { OpenMedia } from './channels/channel.ts';
import type { Settings } from './config/load-config.ts';
import { createDelivery } from './delivery/delivery-engine.ts';
import { aging } from './delivery/sweeper.ts';
import { conversationOf } from './directory/contact.ts';
import { rulesReader } from './config/rules-reader.ts';
import { createDirectoryRules } from './config/directory-rules.ts';
import { createDeclaredDirectory } from './directory/directory.ts';
import { isShared } from './directory/shared-tenant.ts';
import { createAppserviceEndpoint } from './matrix/appservice/appservice-endpoint.ts';
import { createFileStorage } from './media/file-storage.ts';
import { createGuardedFetch } from './media/guarded-fetch.ts';
import { keptSecret } from './media/kept-secret.ts';
import { createSignedLinks } from './media/signed-links.ts';
import type { MediaReference } from './message/message.ts';
import { openKeptDirectory } from './open-kept-directory.ts';
import { openKeptLines } from './open-kept-lines.ts';
import { openSecrets } from './open-secrets.ts';
import { openStore } from './open-store.ts';
import { openTransport } from './open-transport.ts';
import { operatorRouters } from './operator-routers.ts';
import { publicUrlOf } from './own-url.ts';
import { queueDepths } from './queue-depths.ts';
import { createReplication } from './replicas/replication.ts';
import { PostgresSignals } from './store/postgres/postgres-signals.ts';
import { PostgresStore } from './store/postgres/postgres-store.ts';
import { atMost } from './platform/at-most.ts';
import type { Clock } from './platform/clock.ts';
import type { TenantId } from './platform/ids.ts';
import type { Logger } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import { createPace } from './platform/pace.ts';
import type { ConversationEvent, ConversationOperation } from './sessions/conversation-event.ts';
import { createDecideEntry, deliveryEvent } from './sessions/decide-entry.ts';
import { openDesks } from './sessions/desk/open-desks.ts';
import { createParked } from './sessions/front/parked.ts';
import { typingTenant } from './sessions/front/typing-tenant.ts';
import { ownedByConversation } from './sessions/load-conversation.ts';
import { describeRoom } from './sessions/describe-room.ts';
import { eventLog, eventsKeptMs } from './sessions/events/event-log.ts';
import { EventUse } from './sessions/events/event-use.ts';
import { hookRetryRules } from './sessions/events/hook-transport.ts';
import { hookDeliveries } from './sessions/events/hook.ts';
import { createEphemeral } from './sessions/ephemeral.ts';
import { acceptRoomEvents, openHomeservers } from './sessions/homeservers.ts';
import { retentionOf } from './sessions/ledger/retention-of.ts';
import { outboxGroup } from './sessions/service-calls/outbox-group.ts';
import { createLineStates } from './sessions/line-states.ts';
import { Lines } from './sessions/lines.ts';
import { lineFetch, openMedia } from './sessions/media-access.ts';
import { hearPassing, tellPassing, type PassingWord } from './sessions/passing-words.ts';
import { createQuarantineNotice } from './sessions/quarantine-notice.ts';
import { HolidayFetcher } from './sessions/holiday-fetcher.ts';
import { createResendPolicy } from './sessions/resend-policy.ts';
import { createRuleDesk } from './sessions/rule-desk/rule-desk.ts';
import { openShifts } from './sessions/shifts/open-shifts.ts';
import { StoreUnavailable } from './store/store.ts';

export interface Switchboard {
  readonly httpPort: number;
  readonly appservicePort: number;
  /** Readiness first, then nothing new, then what is under way; within 10 s, and what `stop.drainSeconds` is beyond one. What is not done then is taken up by the next start. */
  stop(): Promise<void>;
}

export interface SwitchboardOptions {
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Requests, then deliveries, each get this long of the ten seconds that a stop may take. */
const graceMs = 3_000;
/** And what was changed by REST, to come true, while the lines close. */
const changesMs = 2_000;
const daySeconds = 86_400;

/**
 * Builds the parts, starts them in order, and gives what stops them. The one file that knows them all.
 *
 * With PostgreSQL any number of these share the work; none is first among them, and each starts by itself.
 *
 * Order: store, then what is served (so that homeservers and networks find somebody), lines, delivery (which takes up what an earlier run
 * left), and last the ping that makes homeservers send what they kept. Lines and homeservers that are down are tried on.
 */
export async function startSwitchboard(
  settings: Settings,
  { logger, clock: machineClock }: SwitchboardOptions,
): Promise<Switchboard> {
  const { config } = settings;
  const registry = new Registry();
  const metrics = createMetrics(registry);
  const directory = createDeclaredDirectory([settings.shared, ...settings.tenants]);
  const directoryRules = createDirectoryRules(settings);
  const { trustedOrigins } = config.outgoing;
  const pace = createPace();
  const store = await openStore(settings, {
    clock: machineClock,
    logger,
    onGroup: (group) => {
      metrics.storeGroup(group);
    },
  });
  const replication =
    store instanceof PostgresStore && settings.postgres !== undefined
      ? createReplication({
          store,
          signals: await PostgresSignals.open({
            connection: settings.postgres,
            clock: machineClock,
            logger,
          }),
          clock: machineClock,
          logger,
        })
      : undefined;
  const clock = replication?.clock ?? machineClock;
  const secrets = openSecrets(settings, store);
  const files = createFileStorage(join(settings.storeDirectory, 'files'));
  const linkSecret = config.media.linkSecret ?? keptSecret(join(settings.storeDirectory, 'link-secret'));
  const maxBytes = config.media.maxMiB * 1024 * 1024;
  const guardedFetch = createGuardedFetch({ allowHttp: config.media.allowHttp, maxBytes, logger });
  const now = (): number => clock.now();
  const rules = createRuleDesk({ store, directory, now, reader: rulesReader, logger });
  const holidays = new HolidayFetcher({ store, directory, clock, logger, fetch: guardedFetch });
  const { operatorToken } = config.http;
  const eventUse = new EventUse({ store, clock, logger, alone: replication === undefined });
  const streams = new OpenStreams();
  let ready = false;
  let introduced = false;

  const openOf = async (tenant: TenantId, reference: MediaReference): Promise<OpenMedia> =>
    openMedia(
      {
        download: async (id, mxc) => homeservers.download(id, mxc),
        connection: (of, line) => lines.connection(of, line),
        fetch: guardedFetch,
        maxBytes,
      },
      tenant,
      reference,
    );
  const http = createHttpServer({
    logger,
    registry,
    lookup: (channel, tenant, line) => {
      if (!ready) throw new StoreUnavailable('Switchboard is starting');
      return lines.lookUp(channel, tenant, line);
    },
    openMedia: async (token) => {
      if (!ready) throw new StoreUnavailable('Switchboard is starting');
      const found = signedLinks.verify(token);
      return typeof found === 'string' ? found : openOf(found.tenant, found.reference);
    },
    checks: [
      { name: 'started', isReady: () => introduced },
      { name: 'store', isReady: async () => (await store.tenants()).length >= 0 },
      { name: 'replicas', isReady: () => replication?.isInTouch() ?? true },
      // What customers write is taken without them: refused, it would be lost where a network does not send again.
      { name: 'homeservers', isAdvisory: true, isReady: () => introduced && homeservers.allReachable() },
    ],
    trustedProxies: config.http.trustedProxies,
    rates: config.http.rates,
    pace,
    clock,
    routers:
      operatorToken === undefined
        ? []
        : operatorRouters({
            store,
            directory,
            clock,
            logger,
            operatorToken,
            secondaryOperatorToken: config.http.secondaryOperatorToken,
            rates: config.http.rates,
            alone: replication === undefined,
            secrets,
            isReady: () => ready,
            delivery: () => delivery,
            lines: () => keptLines.desk,
            rules,
            desk: () => keptDirectory.desk,
            parked: () => parked,
            directoryRules,
            trustedOrigins,
            eventUse,
            streams,
          }),
    ...(config.http.metricsToken === undefined ? {} : { metricsToken: config.http.metricsToken }),
    onAnswer: (answer) => {
      metrics.httpAnswer(answer);
    },
  });
  const httpPort = await http.start(config.http);
  const publicUrl = publicUrlOf(config.http, httpPort);
  const signedLinks = createSignedLinks({
    secret: linkSecret,
    secondarySecret: config.media.secondaryLinkSecret,
    publicUrl,
    clock,
  });

  const lines: Lines = new Lines({
    directory,
    store,
    clock,
    logger,
    publicUrl,
    media: (tenant) => ({
      open: async (reference) => openOf(tenant, reference),
      signedLink: (reference, validForSeconds) => signedLinks.sign(tenant, reference, validForSeconds),
      fetch: lineFetch(guardedFetch),
    }),
    files: (tenant, line) => files.of(tenant, line),
    accept: async (tenant, entries) => delivery.accept(tenant, entries),
    typing: (tenant, line, { from, active }) => {
      if (!isShared(tenant)) homeservers.typing(tenant, conversationOf(tenant, line, from), active);
      else
        bestEffort(
          typingTenant(store, line, from).then((to) => {
            if (to !== undefined) homeservers.typing(to, conversationOf(to, line, from), active);
          }),
        );
    },
    stateChanged: (tenant, line, state) => {
      metrics.lineState(tenant, line.channel, line.id, state.state);
      followState(tenant, line, state);
    },
    removed: (tenant, line) => {
      metrics.lineRemoved(tenant, line.channel, line.id);
    },
    ...(replication === undefined
      ? {}
      : { shared: { signals: replication.signals, hold: replication.holdLine } }),
  });
  const followState = createLineStates({
    directory,
    clock,
    logger,
    accept: async (...entries) => delivery.accept(...entries),
    isTold: (tenant) => eventUse.isUsed(tenant),
    hurry: (...which) => {
      delivery.hurry(...which);
    },
  });
  const keptLines = openKeptLines({
    directory,
    store,
    box: secrets.box,
    clock,
    logger,
    lines,
    accept: async (...entries) => delivery.accept(...entries),
    publicUrl,
    ...(replication === undefined ? {} : { signals: replication.signals }),
  });
  const parked = createParked({
    store,
    directory,
    accept: async (...entries) => delivery.accept(...entries),
  });
  const keptDirectory = openKeptDirectory({
    directory,
    store,
    rules: directoryRules,
    box: secrets.box,
    clock,
    logger,
    accept: async (tenant, entries, options) => delivery.accept(tenant, entries, options),
    linesOf: async (tenant) => keptLines.lookAt(tenant),
    ...(replication === undefined ? {} : { signals: replication.signals }),
  });
  const ephemeral = createEphemeral({
    store,
    directory,
    clock,
    lastOfContact: async (...about) => homeservers.lastOfContact(...about),
    connection: (tenant, line) => lines.connection(tenant, line),
    ...(replication === undefined
      ? {}
      : { elsewhere: (word: PassingWord) => tellPassing(replication.signals, logger, word) }),
  });
  const bestEffort = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      logger.debug({ err: error }, 'typing or a read mark could not be passed on');
    });
  };
  if (replication !== undefined)
    hearPassing(replication.signals, (word) => {
      bestEffort(ephemeral.passedOn(word));
    });
  const homeservers = openHomeservers({
    settings: settings.homeservers,
    directory,
    store,
    clock,
    logger,
    openMedia: openOf,
    observe: (id, { name, status, durationMs }) => {
      metrics.homeserverRequest(id, name, status, durationMs / 1000);
    },
    hooks: {
      accept: async (events) => {
        await acceptRoomEvents(delivery.accept, (tenant) => directory.tenant(tenant)?.homeserver, events);
      },
      typing: (tenant, conversation, user, active) => {
        bestEffort(ephemeral.agentTyping(tenant, conversation, user, active));
      },
      read: (tenant, conversation, user, upTo) => {
        bestEffort(ephemeral.agentRead(tenant, conversation, user, upTo));
      },
      describe: async (tenant, conversation) => describeRoom({ store, directory }, tenant, conversation),
    },
  });
  const { transport, lookUp } = openTransport({
    store,
    directory,
    clock,
    logger,
    metrics,
    box: secrets.box,
    fetch: guardedFetch,
    trustedOrigins,
    lines,
    homeservers,
    accept: async (...entries) => delivery.accept(...entries),
  });
  const delivery = createDelivery<ConversationEvent, ConversationOperation>({
    store,
    clock,
    logger,
    hooks: metrics.delivery,
    pace,
    decide: createDecideEntry({
      store,
      directory,
      signedLink: (tenant, media) => signedLinks.sign(tenant, media, config.media.linkDays * daySeconds),
      now: () => clock.now(),
      recordsEvents: (tenant) => eventUse.isUsed(tenant),
      fromRoomEvent: (tenant, event) => homeservers.fromRoomEvent(tenant, event),
      ruleFailed: (tenant, { version, rule, reason }) => {
        metrics.ruleFailed(tenant);
        logger.warn({ tenant, version, rule, reason }, 'a rule could not be decided and was passed over');
      },
      promiseEnded: (tenant, { queue, promise, outcome }) => {
        metrics.promiseEnded(tenant, queue, promise, outcome);
      },
    }),
    quarantineNotice: createQuarantineNotice({ store, directory }),
    transport,
    resendPolicy: createResendPolicy(directory),
    outboxGroup,
    retention: (tenant) =>
      retentionOf(directory.tenant(tenant)?.retention ?? settings.retention, [
        aging(keptAnswers, 'byAge', answersKeptMs),
        aging(sharedTakings, 'byAge', takingsKeptMs),
        aging(eventLog, 'byAge', eventsKeptMs),
        aging(hookDeliveries, 'byAge', eventsKeptMs),
      ]),
    lookUp,
    retryRulesOf: ({ operation }) => (operation.on === 'hook' ? hookRetryRules : undefined),
    resultEvent: deliveryEvent,
    delayEvent: deliveryEvent,
    ...(replication === undefined
      ? {}
      : {
          shared: {
            ownership: replication.leases,
            sequence: replication.sequence,
            owned: ownedByConversation,
            lineOf: (tenant, { operation: { on, operation } }) =>
              on === 'line' && lines.isHeld(tenant, operation.line) ? operation.line : undefined,
          },
        }),
  });
  replication?.leases.listen({
    noticed: () => undefined,
    abandoned: () => void lines.lookForHeld(),
  });
  metrics.parked(async () => parked.count());
  metrics.depths(async () => queueDepths(delivery, directory));
  const endpoint = createAppserviceEndpoint(homeservers.pushing(), {
    logger,
    clock,
    maxBodyBytes: config.appservice.maxTransactionMiB * 1024 * 1024,
    observe: ({ homeserver, status, durationMs }) => {
      metrics.homeserverTransaction(homeserver, status, durationMs / 1000);
    },
  });

  await replication?.start();
  await keptDirectory.load();
  await eventUse.start();
  await keptLines.load();
  await lines.open();
  keptLines.watch();
  await delivery.start();
  await rules.keepDeclared();
  await openDesks({ store, directory, accept: delivery.accept });
  await openShifts({ directory, accept: delivery.accept });
  holidays.start();
  keptDirectory.watch();
  ready = true;
  const appservicePort = await endpoint.start(config.appservice);
  await homeservers.introduce();
  introduced = true;
  logger.info({ httpPort, appservicePort, publicUrl }, 'Switchboard is ready');

  return {
    httpPort,
    appservicePort,
    async stop() {
      http.prepareStop();
      streams.stop();
      eventUse.stop();
      // Whoever spreads requests sees that this one is not ready, before it refuses connections. Alone, there is nobody else to send to.
      if (replication !== undefined)
        await new Promise<void>((resolve) => {
          clock.after(config.stop.drainSeconds * 1000, resolve);
        });
      await Promise.all([endpoint.stop(graceMs), http.stop(graceMs)]);
      await delivery.stop(graceMs);
      const { inbox, outbox } = delivery.depths();
      await holidays.stop();
      // Where a network is slow a change of its line waits as well: neither may hold up what others are to take over.
      const changes = Promise.all([keptDirectory.stop(), keptLines.stop()]);
      await Promise.all([atMost(clock, changesMs, changes), lines.close()]);
      await homeservers.close();
      await replication?.stop(inbox.running + outbox.running === 0);
      await guardedFetch.close();
      await store.close();
    },
  };
}
