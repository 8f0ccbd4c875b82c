import { randomBytes } from 'node:crypto';
import type { Registration } from '../../../src/matrix/registration.ts';
import { Accounts, isInNamespace } from './accounts.ts';
import { AppservicePush, asPushed, type PushOptions } from './appservice-push.ts';
import { forbidden } from './matrix-failure.ts';
import { Room, type StoredEvent } from './room.ts';

export interface StoredMedia {
  readonly bytes: Buffer;
  readonly mimeType: string;
  readonly fileName: string | undefined;
}

/** All that the stand-in homeserver knows. Outlives a restart, but for what Synapse keeps in memory only. */
export class World {
  readonly serverName: string;
  readonly accounts: Accounts;
  readonly rooms = new Map<string, Room>();
  readonly aliases = new Map<string, { readonly room: string; readonly creator: string }>();
  readonly media = new Map<string, StoredMedia>();
  readonly pushes: readonly AppservicePush[];
  /** Answers by transaction key; see rules.ts. The durable part outlives a restart. */
  readonly durableTransactions = new Map<string, object>();
  readonly memoryTransactions = new Map<string, Promise<object>>();
  /** Each stored event is told, in order. */
  readonly listeners = new Set<(event: StoredEvent) => void>();
  /** Share of events that are pushed twice, in different transactions (synapse#11447). */
  pushTwice = 0;
  readonly random: () => number;

  constructor(options: {
    readonly serverName: string;
    readonly registrations: readonly Registration[];
    readonly push: PushOptions;
    readonly random: () => number;
    readonly hasDevices: boolean;
  }) {
    this.serverName = options.serverName;
    this.random = options.random;
    this.accounts = new Accounts(options.serverName, options.registrations, options.hasDevices);
    this.pushes = options.registrations.map((registration) => new AppservicePush(registration, options.push));
  }

  newRoom(): Room {
    const room = new Room(
      `!${randomBytes(12).toString('base64url')}:${this.serverName}`,
      (event, where) => {
        this.#stored(event, where);
      },
      Date.now,
    );
    this.rooms.set(room.id, room);
    return room;
  }

  /** Synapse does not tell strangers which rooms there are. */
  room(id: string, user: string): Room {
    const room = this.rooms.get(id);
    if (room === undefined) throw forbidden(`User ${user} not in room ${id}`);
    return room;
  }

  profile(user: string): Record<string, unknown> {
    const account = this.accounts.users.get(user);
    return {
      ...(account?.displayname === undefined ? {} : { displayname: account.displayname }),
      ...(account?.avatar_url === undefined ? {} : { avatar_url: account.avatar_url }),
    };
  }

  pushEphemeral(room: Room, event: object): void {
    for (const push of this.pushes)
      if (this.#isInterested(push.registration, room)) push.pushEphemeral(event);
  }

  /** Pushes any object as an event: poison, or one that was pushed before. */
  pushRaw(event: object): void {
    for (const push of this.pushes) push.push(event);
  }

  #stored(event: StoredEvent, room: Room): void {
    for (const push of this.pushes) {
      if (!this.#isInterested(push.registration, room, event)) continue;
      const pushed = asPushed(event, Date.now());
      push.push(pushed);
      if (this.pushTwice > 0 && this.random() < this.pushTwice)
        setTimeout(() => push.push(pushed), 5 + this.random() * 50);
    }
    for (const listener of this.listeners) listener(event);
  }

  /** In the sender, the target, any member, or the alias; its own users' events are pushed too (source: appservice/__init__.py; seen). */
  #isInterested(service: Registration, room: Room, event?: StoredEvent): boolean {
    const bot = this.accounts.id(service.sender_localpart);
    const isOurs = (user: string): boolean => user === bot || isInNamespace(service, 'users', user);
    if (
      event !== undefined &&
      (isOurs(event.sender) || (event.state_key !== undefined && isOurs(event.state_key)))
    )
      return true;
    for (const [user, membership] of room.members) if (membership === 'join' && isOurs(user)) return true;
    for (const [alias, { room: id }] of this.aliases)
      if (id === room.id && isInNamespace(service, 'aliases', alias)) return true;
    return false;
  }
}
