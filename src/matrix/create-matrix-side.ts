import type { OpenMedia } from '../media/open-media.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import type { Store } from '../store/store.ts';
import { createEchoes } from './events/echoes.ts';
import { createIncoming, type Incoming } from './events/create-incoming.ts';
import { createDevices } from './ghosts/devices.ts';
import { createGhosts } from './ghosts/create-ghosts.ts';
import { hasJoined } from './ghosts/ghost-records.ts';
import { ourNames, type OurNames } from './ghosts/our-users.ts';
import type {
  HomeserverSettings,
  MatrixHooks,
  MatrixSide,
  ProbeFinding,
  ProbeOptions,
} from './matrix-side.ts';
import { createMediaToRoom, type OpenMediaOf } from './media/media-to-room.ts';
import { carryOut } from './operations/carry-out.ts';
import type { OperationContext } from './operations/context.ts';
import { createRecent } from './recent.ts';
import { createRoomCalls } from './rooms/room-calls.ts';
import { createRooms, type RoomParts } from './rooms/create-rooms.ts';
import { createRoomVersion } from './rooms/room-version.ts';
import { createSingleFlight } from './rooms/single-flight.ts';
import { createSpaces } from './rooms/create-spaces.ts';
import type { HomeserverClient } from './transport/homeserver-client.ts';

export interface MatrixSideParts {
  readonly settings: HomeserverSettings;
  /** Closed by its owner, after the side. */
  readonly client: HomeserverClient;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hooks: MatrixHooks;
  /** Opens what messages refer to, wherever it is. */
  readonly openMedia: OpenMediaOf;
  readonly probe: (options: ProbeOptions) => Promise<ProbeFinding[]>;
}

export interface RunningMatrixSide extends MatrixSide, Pick<Incoming, 'onTransaction'> {
  readonly names: OurNames;
  /** Bytes of a file on this homeserver. @throws {MatrixError} */
  openMatrixMedia(mxc: string): Promise<OpenMedia>;
}

/** The Matrix side towards one homeserver: rooms, ghosts and events. What pushes events to it (the appservice endpoint) is made beside it. */
export function createMatrixSide(parts: MatrixSideParts): RunningMatrixSide {
  const { settings, client, store, clock, hooks, openMedia } = parts;
  const logger = parts.logger.child({ homeserver: settings.id });
  const names = ourNames(settings);
  const { id: homeserver, domain } = settings;
  const calls = createRoomCalls(client);
  const media = createMediaToRoom({ client, homeserver, openMedia });
  const oneAtATime = createSingleFlight();
  const ghosts = createGhosts({ client, calls, store, media, logger, oneAtATime });
  const devices = createDevices({ homeserver, bot: names.bot, client, store, clock, logger, oneAtATime });
  const echoes = createEchoes();
  const roomVersion = createRoomVersion(calls);
  const spaces = createSpaces({ calls, store, names, domain, roomVersion, logger });
  const roomParts: RoomParts = {
    calls,
    store,
    names,
    homeserver,
    domain,
    ghosts,
    spaces,
    roomVersion,
    describe: (tenant, conversation) => hooks.describe(tenant, conversation),
    logger,
  };
  const context: OperationContext = {
    ...roomParts,
    rooms: createRooms(roomParts),
    client,
    media,
    clock,
    devices,
    echoes,
    uploads: createRecent(200),
    knownUsers: createRecent(10_000),
  };
  const incoming = createIncoming({ homeserver, store, names, calls, ghosts, echoes, hooks, logger });

  const showTyping: (...about: Parameters<MatrixSide['typing']>) => Promise<void> = async (
    tenant,
    conversation,
    active,
  ) => {
    const record = await context.rooms.known(tenant, conversation);
    if (record?.ghost === undefined || !(await hasJoined(store, tenant, record.roomId, record.ghost))) return;
    await calls.typing(record.roomId, record.ghost, active);
  };

  return {
    names,
    probe: () => parts.probe({ onDevices: (outcome) => devices.learn(outcome) }),
    deliver: (tenant, delivery, { unclearBefore }) =>
      carryOut(context, tenant, { ...delivery, unclearBefore }),
    onTransaction: (events, ephemeral) => incoming.onTransaction(events, ephemeral),
    openMatrixMedia: (mxc) => client.download(mxc),
    typing(tenant, conversation, active) {
      showTyping(tenant, conversation, active).catch((error: unknown) => {
        logger.debug({ tenant, conversation, err: error }, 'Typing could not be shown');
      });
    },
    async lastOfContact(tenant, conversation, upTo) {
      const record = await context.rooms.known(tenant, conversation);
      return record?.ghost === undefined ? undefined : calls.lastMessageOf(record.roomId, record.ghost, upTo);
    },
    async close() {
      await Promise.all([incoming.settled(), spaces.settled()]);
    },
  };
}
