import { actingFor } from '../platform/acting-for.ts';
import { atMost } from '../platform/at-most.ts';
import type { Clock } from '../platform/clock.ts';
import type { ConversationId, HomeserverId, MatrixEventId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { NewEntry, Taken } from '../delivery/delivery.ts';
import type { Directory } from '../directory/directory.ts';
import type { PushingHomeserver } from '../matrix/appservice/appservice-endpoint.ts';
import {
  createMatrixSide,
  type MatrixSideParts,
  type RunningMatrixSide,
} from '../matrix/create-matrix-side.ts';
import { fromRoomEvent } from '../matrix/events/from-room-event.ts';
import type { HomeserverSettings, MatrixHooks } from '../matrix/matrix-side.ts';
import type { OpenMediaOf } from '../matrix/media/media-to-room.ts';
import { pingThrough } from '../matrix/ping.ts';
import { probeHomeserver } from '../matrix/probe.ts';
import type { RawRoomEvent, RoomInput } from '../matrix/room-input.ts';
import { createHomeserverClient } from '../matrix/transport/create-homeserver-client.ts';
import type { HomeserverClient, TransportObserver } from '../matrix/transport/homeserver-client.ts';
import type { OpenMedia } from '../media/open-media.ts';
import type { Store } from '../store/store.ts';
import type { ConversationEvent } from './conversation-event.ts';
import { roomEntryId } from './entry-ids.ts';
import { createIntroduction, type Introduction } from './introduction.ts';

export interface HomeserversOptions {
  readonly settings: readonly HomeserverSettings[];
  readonly directory: Directory;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly openMedia: OpenMediaOf;
  readonly hooks: MatrixHooks;
  observe(homeserver: HomeserverId, attempt: Parameters<TransportObserver>[0]): void;
}

interface OneHomeserver {
  readonly settings: HomeserverSettings;
  readonly client: HomeserverClient;
  readonly side: RunningMatrixSide;
  readonly introduction: Introduction;
}

/** Answers to invitations and the like get so long at a stop: a homeserver that says nothing must not hold up what others are to take over. */
const closeWithinMs = 500;

export type Homeservers = ReturnType<typeof openHomeservers>;

/** All declared homeservers; each tenant has one of them. */
export function openHomeservers(options: HomeserversOptions) {
  const { directory, store, clock, logger, openMedia, hooks } = options;
  const all = new Map(options.settings.map((settings) => [settings.id, open(settings)]));

  function open(settings: HomeserverSettings): OneHomeserver {
    const client = createHomeserverClient({
      url: settings.url,
      asToken: settings.registration.asToken,
      clock,
      observe: (attempt) => {
        options.observe(settings.id, attempt);
      },
    });
    const probe: MatrixSideParts['probe'] = async (wish) => probeHomeserver(client, settings, wish);
    const side = createMatrixSide({ settings, client, store, clock, logger, hooks, openMedia, probe });
    const introduction = createIntroduction({
      homeserver: settings.id,
      clock,
      logger,
      probe: async () => side.probe(),
      ping: async () => pingThrough(client, settings),
      canTake: async () => store.tenants(),
    });
    return { settings, client, side, introduction };
  }

  function of(tenant: TenantId): OneHomeserver {
    const id = directory.tenant(tenant)?.homeserver;
    const found = id === undefined ? undefined : all.get(id);
    if (found === undefined) throw new Error(`tenant ${tenant} has no homeserver`);
    return found;
  }

  return {
    pushing: (): PushingHomeserver[] =>
      [...all.values()].map(({ settings, side, introduction }) => ({
        settings,
        onTransaction: async (events, ephemeral) => {
          try {
            await side.onTransaction(events, ephemeral);
          } catch (error) {
            introduction.refused();
            throw error;
          }
        },
      })),
    /** Tells all of them that we are there; waits for none that does not answer. */
    async introduce(): Promise<void> {
      await Promise.all([...all.values()].map(async ({ introduction }) => introduction.begin()));
    },
    allReachable: (): boolean => [...all.values()].every(({ introduction }) => introduction.isReachable()),
    deliver: async (...delivery: Parameters<RunningMatrixSide['deliver']>): Promise<Taken> =>
      actingFor(delivery[0], async () => of(delivery[0]).side.deliver(...delivery)),
    typing(tenant: TenantId, conversation: ConversationId, active: boolean): void {
      actingFor(tenant, () => {
        of(tenant).side.typing(tenant, conversation, active);
      });
    },
    lastOfContact: async (
      tenant: TenantId,
      conversation: ConversationId,
      upTo: MatrixEventId,
    ): Promise<MatrixEventId | undefined> => of(tenant).side.lastOfContact(tenant, conversation, upTo),
    fromRoomEvent(tenant: TenantId, event: RawRoomEvent): RoomInput {
      const { settings, side } = of(tenant);
      return fromRoomEvent(event, { homeserver: settings.id, isOurs: (user) => side.names.isOurs(user) });
    },
    async download(id: HomeserverId, mxc: string): Promise<OpenMedia> {
      const found = all.get(id);
      if (found === undefined) throw new Error(`homeserver ${id} is no longer declared`);
      return found.side.openMatrixMedia(mxc);
    },
    async close(): Promise<void> {
      await Promise.all(
        [...all.values()].map(async ({ side, client, introduction }) => {
          introduction.stop();
          const ended = side.close();
          await atMost(clock, closeWithinMs, ended);
          // What still waits for an answer is told that there will be none.
          await client.close();
          await ended;
        }),
      );
    },
  };
}

/** What the homeserver pushed becomes inbox entries. */
export async function acceptRoomEvents(
  accept: (tenant: TenantId, entries: readonly NewEntry<ConversationEvent>[]) => Promise<unknown>,
  homeserverOf: (tenant: TenantId) => HomeserverId | undefined,
  events: Parameters<MatrixHooks['accept']>[0],
): Promise<void> {
  const byTenant = new Map<TenantId, NewEntry<ConversationEvent>[]>();
  for (const { tenant, conversation, event } of events) {
    const id = roomEntryId(homeserverOf(tenant), event.event_id);
    const entries = byTenant.get(tenant) ?? [];
    byTenant.set(tenant, [...entries, { id, key: conversation, event: { type: 'room', event } }]);
  }
  await Promise.all([...byTenant].map(async ([tenant, entries]) => accept(tenant, entries)));
}
