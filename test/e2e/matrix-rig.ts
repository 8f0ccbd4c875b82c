import { Readable } from 'node:stream';
import { ChannelError } from '../../src/channels/channel.ts';
import type { DeliveryRecord, Taken } from '../../src/delivery/delivery.ts';
import type { OpenMedia } from '../../src/media/open-media.ts';
import { createMatrixSide, type RunningMatrixSide } from '../../src/matrix/create-matrix-side.ts';
import { fromRoomEvent } from '../../src/matrix/events/from-room-event.ts';
import type { HomeserverSettings } from '../../src/matrix/matrix-side.ts';
import type { RawRoomEvent, RoomInput } from '../../src/matrix/room-input.ts';
import type { RoomDescription, RoomOperation } from '../../src/matrix/room-operation.ts';
import { probeHomeserver } from '../../src/matrix/probe.ts';
import { createHomeserverClient } from '../../src/matrix/transport/create-homeserver-client.ts';
import type { MediaReference, Message } from '../../src/message/message.ts';
import { systemClock } from '../../src/platform/clock.ts';
import {
  as,
  type ConversationId,
  type MatrixEventId,
  type MatrixUserId,
  type MessageId,
  type TenantId,
} from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import type { Store } from '../../src/store/store.ts';
import { patienceMs } from '../fixtures/patience-ms.ts';

export const tenant = as<TenantId>('acme');

export interface Rig {
  readonly side: RunningMatrixSide;
  readonly store: Store;
  /** Names of the requests to the homeserver, in order. */
  readonly requests: string[];
  readonly accepted: { conversation: ConversationId; event: RawRoomEvent }[];
  readonly typing: { user: MatrixUserId; active: boolean }[];
  readonly reads: { user: MatrixUserId; upTo: MatrixEventId }[];
  /** What `describe` says; to be changed. */
  readonly description: { -readonly [Key in keyof RoomDescription]?: RoomDescription[Key] };
  /** What the lines' media references give. */
  readonly files: Map<string, () => OpenMedia>;
  /** As the outbox does; `unclearBefore`: an earlier attempt may have gone out. */
  deliver(
    conversation: string,
    operation: RoomOperation,
    id?: string,
    attempt?: { readonly unclearBefore: boolean; readonly createdAt?: number },
  ): Promise<Taken>;
  /** A message of the customer. Gives its event's id. */
  customer(conversation: string, message: Message, id?: string): Promise<string>;
  input(event: string): Promise<RoomInput>;
  /** Ends it as a stop does; the store's directory stays. */
  stop(): Promise<void>;
}

/** The Matrix side on a store of its own, towards a homeserver, and in place of sessions a list of what they would have got. */
export async function startRig(options: {
  readonly settings: HomeserverSettings;
  readonly directory: string;
  readonly description?: Rig['description'];
}): Promise<Rig> {
  const { settings, directory } = options;
  const store = await openNedbStore({ directory, fsync: false, clock: systemClock, logger: silentLogger });
  const requests: string[] = [];
  const client = createHomeserverClient({
    url: settings.url,
    asToken: settings.registration.asToken,
    clock: systemClock,
    observe: ({ name }) => requests.push(name),
  });
  const accepted: Rig['accepted'] = [];
  const typing: Rig['typing'] = [];
  const reads: Rig['reads'] = [];
  const files: Rig['files'] = new Map();
  const description: Rig['description'] = { ...options.description };
  const side: RunningMatrixSide = createMatrixSide({
    settings,
    client,
    store,
    clock: systemClock,
    logger: silentLogger,
    openMedia: (_, reference) => openFile(files, reference),
    probe: async (wish) => probeHomeserver(client, settings, wish),
    hooks: {
      async accept(events) {
        accepted.push(...events);
      },
      typing(_, __, user, active) {
        typing.push({ user, active });
      },
      read(_, __, user, upTo) {
        reads.push({ user, upTo });
      },
      describe: async (_, conversation) => describe(conversation, description),
    },
  });
  const queues = new Map<string, Promise<unknown>>();
  let counter = 0;

  const deliver: Rig['deliver'] = async (
    conversation,
    operation,
    id,
    { unclearBefore, createdAt = Date.now() } = { unclearBefore: false },
  ) => {
    counter += 1;
    const delivery: DeliveryRecord<RoomOperation> = {
      id: as(id ?? `${conversation}-${process.pid}-${counter}`),
      key: as(`room:${conversation}`),
      conversation: as(conversation),
      operation,
      tell: 'never',
      sequence: counter,
      status: 'sending',
      queued: true,
      attempts: 0,
      nextAttemptAt: 0,
      createdAt,
    };
    // One at a time for each key, as the outbox does.
    const before = queues.get(conversation) ?? Promise.resolve();
    const work = before.catch(() => undefined).then(() => side.deliver(tenant, delivery, { unclearBefore }));
    queues.set(conversation, work);
    const taken = await work;
    await store.commit(tenant, taken.writes ?? []);
    return taken;
  };

  return {
    side,
    store,
    requests,
    accepted,
    typing,
    reads,
    description,
    files,
    deliver,
    async customer(conversation, message, id) {
      counter += 1;
      const messageId = as<MessageId>(id ?? `message-${process.pid}-${counter}`);
      const taken = await deliver(conversation, {
        kind: 'message',
        as: 'contact',
        messageId,
        message,
        at: Date.now(),
      });
      return taken.nativeId ?? '';
    },
    async input(event) {
      const found = await until(
        () => accepted.find((each) => each.event.event_id === event),
        `event ${event}`,
      );
      return fromRoomEvent(found.event, {
        homeserver: settings.id,
        isOurs: (user) => side.names.isOurs(user),
      });
    },
    async stop() {
      await side.close();
      await client.close();
      await store.close();
    },
  };
}

function describe(conversation: ConversationId, changes: Rig['description']): RoomDescription {
  return {
    tenant,
    tenantName: 'Acme Ltd',
    conversation,
    ghost: { contact: as(`contact-of-${conversation}`), name: 'Ann (SMS)' },
    roomName: 'Ann',
    topic: 'Ann by SMS',
    network: { channel: 'sms', title: 'SMS', line: 'main', address: '+15550100' },
    agents: [],
    supervisors: [],
    federate: false,
    ...changes,
  };
}

async function openFile(files: Rig['files'], reference: MediaReference): Promise<OpenMedia> {
  const { source } = reference;
  const file = source.type === 'channel' ? files.get(source.reference) : undefined;
  if (file === undefined)
    throw new ChannelError({ kind: 'permanent', certain: true, reason: 'the link has expired' });
  return file();
}

export function fileOf(bytes: Buffer, mimeType: string): () => OpenMedia {
  return () => ({ stream: Readable.from([bytes], { objectMode: false }), mimeType });
}

/** Waits until `look` finds something. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: string): Promise<T> {
  const patience = performance.now() + patienceMs;
  while (performance.now() < patience) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain for ${what}`);
}
