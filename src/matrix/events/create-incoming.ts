import type {
  ConversationId,
  HomeserverId,
  MatrixEventId,
  MatrixRoomId,
  MatrixUserId,
  TenantId,
} from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { systemTenant, type Store } from '../../store/store.ts';
import type { EphemeralEvent } from '../appservice/ephemeral-event.ts';
import type { Ghosts } from '../ghosts/create-ghosts.ts';
import type { OurNames } from '../ghosts/our-users.ts';
import type { MatrixHooks } from '../matrix-side.ts';
import type { RawRoomEvent } from '../room-input.ts';
import type { RoomCalls } from '../rooms/room-calls.ts';
import { ownerOf, putOwner } from '../rooms/room-records.ts';
import type { Echoes } from './echoes.ts';
import { textAt } from './fields.ts';
import { membershipOf } from './membership.ts';

/** What the homeserver pushes, on its way to the conversations. */
export interface Incoming {
  /** Resolves when the events are durable. Repeating is harmless. */
  onTransaction(events: readonly RawRoomEvent[], ephemeral: readonly EphemeralEvent[]): Promise<void>;
  /** Waits for answers to invitations that are under way. */
  settled(): Promise<void>;
}

type Owner = Awaited<ReturnType<typeof ownerOf>>;

export function createIncoming(parts: {
  readonly homeserver: HomeserverId;
  readonly store: Store;
  readonly names: OurNames;
  readonly calls: RoomCalls;
  readonly ghosts: Ghosts;
  readonly echoes: Echoes;
  readonly hooks: MatrixHooks;
  readonly logger: Logger;
}): Incoming {
  const { homeserver, store, names, calls, ghosts, echoes, hooks, logger } = parts;
  const answering = new Set<Promise<void>>();
  /** Who types where, because the homeserver tells who types now and we tell who began and who stopped. */
  const typing = new Map<MatrixRoomId, ReadonlySet<MatrixUserId>>();

  const answer = (work: Promise<void>, what: string): void => {
    const answered = work.catch((error: unknown) => {
      logger.debug({ err: error }, what);
    });
    answering.add(answered);
    void answered.finally(() => answering.delete(answered));
  };

  /** What an event means for ourselves, beside what it means for the conversation. Tells which room got an owner by it. */
  const takeNote = async (event: RawRoomEvent, owner: Owner): Promise<MatrixRoomId | undefined> => {
    const change = event.type === 'm.room.member' ? membershipOf(event) : undefined;
    if (change !== undefined && names.isOurs(change.user)) {
      const actAs = change.user === names.bot ? undefined : change.user;
      if (change.membership === 'invite') {
        // An awaited room is entered when the conversation follows; any other is none of our business.
        if (owner === undefined)
          answer(calls.leave(event.room_id, actAs), 'An invitation could not be declined');
        if (owner?.state === 'current')
          answer(calls.join(event.room_id, actAs), 'An invitation could not be accepted');
      } else if (change.membership !== 'join' && owner !== undefined) {
        await ghosts.forgetJoined(owner.tenant, event.room_id, change.user);
      }
    }
    if (event.type === 'm.room.tombstone' && event.state_key === '' && owner?.state === 'current') {
      const replacement = textAt(event.content, 'replacement_room', 255) as MatrixRoomId | undefined;
      if (replacement?.startsWith('!') !== true) return undefined;
      if ((await ownerOf(store, homeserver, replacement)) !== undefined) return undefined;
      const { tenant, conversation } = owner;
      await store.commit(systemTenant, [putOwner(homeserver, replacement, tenant, conversation, 'awaited')]);
      return replacement;
    }
    return undefined;
  };

  /** Asked for together, so that a hundred rooms do not take a hundred round trips. */
  const ownersOf = async (events: readonly RawRoomEvent[]): Promise<Map<MatrixRoomId, Owner>> => {
    const rooms = new Set(events.filter(({ sender }) => !names.isOurs(sender)).map((event) => event.room_id));
    return new Map(
      await Promise.all(
        [...rooms].map(async (room) => [room, await ownerOf(store, homeserver, room)] as const),
      ),
    );
  };

  const takeEvents = async (events: readonly RawRoomEvent[]): Promise<void> => {
    const accepted: { tenant: TenantId; conversation: ConversationId; event: RawRoomEvent }[] = [];
    const owners = await ownersOf(events);
    for (const event of events) {
      // Whatever our own users do comes from us: what comes back of it must not go round again.
      if (names.isOurs(event.sender)) {
        echoes.note(event);
        continue;
      }
      const owner = owners.get(event.room_id);
      const owned = await takeNote(event, owner);
      if (owned !== undefined) owners.set(owned, await ownerOf(store, homeserver, owned));
      if (owner?.state === 'current') {
        accepted.push({ tenant: owner.tenant, conversation: owner.conversation, event });
      }
    }
    if (accepted.length > 0) await hooks.accept(accepted);
  };

  const takeTyping = async (room: MatrixRoomId, users: readonly MatrixUserId[]): Promise<void> => {
    const before = typing.get(room) ?? new Set<MatrixUserId>();
    const now = new Set(users.filter((user) => !names.isOurs(user)));
    if (now.size === 0) typing.delete(room);
    else typing.set(room, now);
    if (now.size === 0 && before.size === 0) return;
    const owner = await ownerOf(store, homeserver, room);
    if (owner?.state !== 'current') return;
    for (const user of [...before].filter((typist) => !now.has(typist)))
      hooks.typing(owner.tenant, owner.conversation, user, false);
    // Told again while it lasts: the networks' own signs of typing fade.
    for (const user of now) hooks.typing(owner.tenant, owner.conversation, user, true);
  };

  const takeReceipts = async (
    room: MatrixRoomId,
    receipts: readonly {
      readonly user: MatrixUserId;
      readonly event: MatrixEventId;
      readonly private: boolean;
    }[],
  ): Promise<void> => {
    const agents = receipts.filter((receipt) => !receipt.private && !names.isOurs(receipt.user));
    if (agents.length === 0) return;
    const owner = await ownerOf(store, homeserver, room);
    if (owner?.state !== 'current') return;
    for (const { user, event } of agents) hooks.read(owner.tenant, owner.conversation, user, event);
  };

  return {
    async onTransaction(events, ephemeral) {
      await takeEvents(events);
      for (const each of ephemeral) {
        try {
          if (each.kind === 'typing') await takeTyping(each.room, each.users);
          else await takeReceipts(each.room, each.receipts);
        } catch (error) {
          // Not worth a transaction that comes again.
          logger.debug({ err: error }, 'An ephemeral event was dropped');
        }
      }
    },
    async settled() {
      await Promise.all(answering);
    },
  };
}
