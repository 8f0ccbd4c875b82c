import { createHash } from 'node:crypto';
import { badState, forbidden, Refused } from './matrix-failure.ts';
import { defaultPowerLevels, largestEventBytes } from './rules.ts';

export interface StoredEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly sender: string;
  readonly type: string;
  readonly state_key?: string;
  readonly origin_server_ts: number;
  content: Record<string, unknown>;
  redacts?: string;
  unsigned: Record<string, unknown>;
}

export interface NewEvent {
  readonly sender: string;
  readonly type: string;
  readonly content: Record<string, unknown>;
  readonly stateKey?: string;
  readonly at?: number;
  readonly redacts?: string;
}

export type Membership = 'invite' | 'join' | 'leave' | 'ban' | 'knock';
type Levels = Record<string, unknown> & {
  users?: Record<string, number>;
  events?: Record<string, number>;
};

/** One room: its timeline and state, and who may do what (specification, room version 11, Authorization rules). */
export class Room {
  readonly id: string;
  readonly timeline: StoredEvent[] = [];
  readonly byId = new Map<string, StoredEvent>();
  readonly state = new Map<string, StoredEvent>();
  readonly members = new Map<string, Membership>();
  readonly receipts = new Map<string, string>();
  readonly typing = new Set<string>();
  readonly #annotations = new Set<string>();
  readonly #stored: (event: StoredEvent, room: Room) => void;
  readonly #now: () => number;

  constructor(id: string, stored: (event: StoredEvent, room: Room) => void, now: () => number) {
    this.id = id;
    this.#stored = stored;
    this.#now = now;
  }

  membership(user: string): Membership | undefined {
    return this.members.get(user);
  }

  stateContent(type: string, key = ''): Record<string, unknown> | undefined {
    return this.state.get(stateKey(type, key))?.content;
  }

  /** Level of a user, or needed for a kind of act. */
  level(
    of: { user: string } | { act: keyof typeof defaultPowerLevels } | { type: string; state: boolean },
  ): number {
    const levels = this.stateContent('m.room.power_levels') as Levels | undefined;
    const named = (name: keyof typeof defaultPowerLevels): number => {
      const value = levels?.[name];
      return typeof value === 'number' ? value : defaultPowerLevels[name];
    };
    if ('user' in of) {
      if (levels === undefined) return this.stateEvent('m.room.create')?.sender === of.user ? 100 : 0;
      return levels.users?.[of.user] ?? named('users_default');
    }
    if ('act' in of) return named(of.act);
    return levels?.events?.[of.type] ?? named(of.state ? 'state_default' : 'events_default');
  }

  stateEvent(type: string, key = ''): StoredEvent | undefined {
    return this.state.get(stateKey(type, key));
  }

  /** The sender must be in the room and may send this; then it is stored. State that is the same already is not stored again. */
  send(event: NewEvent): StoredEvent {
    this.mustBeJoined(event.sender);
    const isState = event.stateKey !== undefined;
    this.#mustReach(event.sender, this.level({ type: event.type, state: isState }));
    if (event.type === 'm.room.power_levels' && isState) this.#checkPowerLevels(event);
    if (isState && event.stateKey.startsWith('@') && event.stateKey !== event.sender)
      throw forbidden('You are not allowed to set others state');
    this.#checkAnnotation(event);
    return this.store(event);
  }

  /** Puts it in without asking whether it is allowed. */
  store(event: NewEvent): StoredEvent {
    if (JSON.stringify(event.content).length > largestEventBytes - 500)
      throw new Refused(413, 'M_TOO_LARGE', 'event too large');
    const { stateKey: key } = event;
    const before = key === undefined ? undefined : this.stateEvent(event.type, key);
    if (before?.sender === event.sender && same(before.content, event.content)) return before;
    const stored: StoredEvent = {
      event_id: `$${eventHash(this.id, this.timeline.length)}`,
      room_id: this.id,
      sender: event.sender,
      type: event.type,
      ...(key === undefined ? {} : { state_key: key }),
      origin_server_ts: event.at ?? this.#now(),
      content: event.content,
      ...(event.redacts === undefined ? {} : { redacts: event.redacts }),
      unsigned: before === undefined ? {} : { replaces_state: before.event_id, prev_content: before.content },
    };
    this.timeline.push(stored);
    this.byId.set(stored.event_id, stored);
    if (key !== undefined) this.state.set(stateKey(event.type, key), stored);
    if (event.type === 'm.room.member' && key !== undefined)
      this.members.set(key, event.content['membership'] as Membership);
    this.#stored(stored, this);
    return stored;
  }

  mustBeJoined(user: string): void {
    if (this.membership(user) !== 'join') throw forbidden(`User ${user} not in room ${this.id}`);
  }

  join(user: string, profile: Record<string, unknown>): StoredEvent {
    const before = this.membership(user);
    if (before === 'ban') throw badState('You are banned from this room');
    const rule = this.stateContent('m.room.join_rules')?.['join_rule'];
    if (before !== 'join' && before !== 'invite' && rule !== 'public')
      throw forbidden('You are not invited to this room.');
    if (before === 'join') return this.stateEvent('m.room.member', user)!;
    return this.#member(user, user, 'join', profile);
  }

  invite(sender: string, user: string, profile: Record<string, unknown>, reason?: string): StoredEvent {
    this.mustBeJoined(sender);
    const before = this.membership(user);
    if (before === 'ban') throw badState(`${user} is banned from the room`);
    if (before === 'join') throw forbidden(`${user} is already in the room.`);
    this.#mustReach(sender, this.level({ act: 'invite' }));
    return this.#member(sender, user, 'invite', { ...profile, ...(reason === undefined ? {} : { reason }) });
  }

  leave(user: string, reason?: string): void {
    const before = this.membership(user);
    if (before === undefined || before === 'ban') throw forbidden(`User ${user} not in room`);
    // Leaving twice is well (seen).
    if (before === 'leave') return;
    this.#member(user, user, 'leave', reason === undefined ? {} : { reason });
  }

  remove(sender: string, user: string, how: 'kick' | 'ban' | 'unban', reason?: string): void {
    this.mustBeJoined(sender);
    const before = this.membership(user);
    if (how === 'kick' && before !== 'join' && before !== 'invite' && before !== 'knock')
      throw forbidden('The target user is not in the room');
    if (how === 'unban' && before !== 'ban') throw badState('The target user is not banned');
    this.#mustReach(sender, this.level({ act: how === 'kick' ? 'kick' : 'ban' }));
    if (this.level({ user }) >= this.level({ user: sender }))
      throw forbidden(`You cannot ${how} user ${user}.`);
    this.#member(sender, user, how === 'ban' ? 'ban' : 'leave', reason === undefined ? {} : { reason });
  }

  /** Gives the redaction's event id; that of an unknown event is taken, and nobody sees it (seen). */
  redact(sender: string, eventId: string, more: Record<string, unknown>): string {
    this.mustBeJoined(sender);
    const target = this.byId.get(eventId);
    if (target === undefined) return `$${eventHash(this.id + eventId, this.timeline.length)}`;
    if (target.sender !== sender) this.#mustReach(sender, this.level({ act: 'redact' }));
    const content = { ...more, redacts: eventId };
    const redaction = this.store({ sender, type: 'm.room.redaction', content, redacts: eventId });
    target.content = {};
    target.unsigned = { ...target.unsigned, redacted_because: redaction };
    return redaction.event_id;
  }

  #member(sender: string, user: string, membership: Membership, more: Record<string, unknown>): StoredEvent {
    return this.store({ sender, type: 'm.room.member', stateKey: user, content: { membership, ...more } });
  }

  #mustReach(user: string, needed: number): void {
    const has = this.level({ user });
    if (has < needed)
      throw forbidden(
        `You don't have permission to post that to the room. user_level (${has}) < send_level (${needed})`,
      );
  }

  #checkPowerLevels(event: NewEvent): void {
    const own = this.level({ user: event.sender });
    const before = (this.stateContent('m.room.power_levels') as Levels | undefined)?.users ?? {};
    const after = (event.content as Levels).users ?? {};
    for (const user of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const was = before[user];
      const is = after[user];
      if (was === is) continue;
      if (is !== undefined && is > own)
        throw forbidden("You don't have permission to add ops level greater than your own");
      if (was !== undefined && user !== event.sender && was >= own)
        throw forbidden("You don't have permission to remove ops level equal to your own");
    }
  }

  #checkAnnotation(event: NewEvent): void {
    const relation = event.content['m.relates_to'] as Record<string, unknown> | undefined;
    if (relation?.['rel_type'] !== 'm.annotation') return;
    const key = [event.sender, event.type, relation['event_id'], relation['key']].join('\n');
    if (this.#annotations.has(key))
      throw new Refused(400, 'M_DUPLICATE_ANNOTATION', "Can't send same reaction twice");
    this.#annotations.add(key);
  }
}

export function stateKey(type: string, key: string): string {
  return `${type}\n${key}`;
}

function eventHash(room: string, index: number): string {
  return createHash('sha256').update(`${room} ${index}`).digest('base64url');
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
