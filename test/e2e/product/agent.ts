import { silent } from './silence.ts';
import {
  createClient,
  Filter,
  Method,
  RoomEvent,
  RoomMemberEvent,
  type MatrixClient,
  type MatrixEvent,
  type Room,
} from 'matrix-js-sdk';
import { registerUser } from '../../../dev/synapse/register-user.ts';
import type { RunningSynapse } from '../../../dev/synapse/start-synapse.ts';
import { until } from './until.ts';

/** An event of a room as the agent's client got it, before anything replaced or emptied it. */
export interface Seen {
  readonly id: string;
  readonly room: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly stateKey?: string;
  readonly redacts?: string;
}

/** An agent with a Matrix app: a matrix-js-sdk client that syncs. */
export class Agent {
  readonly name: string;
  readonly userId: string;
  readonly client: MatrixClient;
  readonly #token: string;
  readonly #seen = new Map<string, Seen>();
  readonly #receipts = new Set<string>();
  readonly #typing = new Map<string, ReadonlySet<string>>();
  /** Event ids of invitations that were answered: the client shows one until it hears so from the homeserver. */
  readonly #answered = new Set<string>();

  private constructor(name: string, client: MatrixClient, userId: string, token: string) {
    this.name = name;
    this.client = client;
    this.userId = userId;
    this.#token = token;
  }

  static async signIn(synapse: RunningSynapse, name: string): Promise<Agent> {
    const { userId, accessToken, deviceId } = await registerUser({ ...synapse, name });
    const client = createClient({ baseUrl: synapse.base, userId, accessToken, deviceId, logger: silent });
    const agent = new Agent(name, client, userId, accessToken);
    agent.#listen();
    await client.startClient({
      filter: allEvents(userId),
      initialSyncLimit: mostEvents,
      disablePresence: true,
    });
    await until(`${name}'s first sync`, () => client.isInitialSyncComplete());
    return agent;
  }

  #listen(): void {
    this.client.on(RoomEvent.Timeline, (event, room) => {
      if (room !== undefined && event.status === null) this.#take(event, room);
    });
    this.client.on(RoomEvent.Receipt, (event) => {
      for (const [id, byType] of Object.entries(event.getContent<Record<string, object>>()))
        for (const [type, byUser] of Object.entries(byType))
          if (type === 'm.read')
            for (const user of Object.keys(byUser as object)) this.#receipts.add(`${id} ${user}`);
    });
    this.client.on(RoomMemberEvent.Typing, (_, member) => {
      const typing = new Set(this.#typing.get(member.roomId));
      if (member.typing) typing.add(member.userId);
      else typing.delete(member.userId);
      this.#typing.set(member.roomId, typing);
    });
  }

  #take(event: MatrixEvent, room: Room): void {
    const { event_id: id, sender, type, content, state_key: stateKey, redacts } = event.event;
    if (id === undefined || sender === undefined || type === undefined || this.#seen.has(id)) return;
    this.#seen.set(id, {
      id,
      room: room.roomId,
      sender,
      type,
      content: structuredClone(content ?? {}),
      ...(stateKey === undefined ? {} : { stateKey }),
      ...(redacts === undefined ? {} : { redacts }),
    });
  }

  /** Invitations to conversations (not to spaces or the agent's desk) that were not answered yet. */
  #invitations(): string[] {
    return this.client
      .getRooms()
      .filter((room) => room.getMyMembership() === 'invite' && !room.isSpaceRoom())
      .filter((room) => !room.name.startsWith('Desk of '))
      .map(({ roomId }) => roomId)
      .filter((room) => !this.#answered.has(this.#ownMembership(room)?.getId() ?? ''));
  }

  #ownMembership(room: string): MatrixEvent | undefined {
    return this.client.getRoom(room)?.getMember(this.userId)?.events.member;
  }

  #answers(room: string): void {
    const invitation = this.#ownMembership(room)?.getId();
    if (invitation !== undefined) this.#answered.add(invitation);
  }

  /** Waits for an invitation to a conversation and gives its room, without answering it. */
  async isAsked(room?: string): Promise<string> {
    return until(`an invitation of ${this.name}`, () =>
      this.#invitations().find((each) => room === undefined || each === room),
    );
  }

  isBeingAsked(): boolean {
    return this.#invitations().length > 0;
  }

  /** Waits for an invitation and joins. */
  async accepts(room?: string): Promise<string> {
    const invited = await this.isAsked(room);
    await this.joins(invited);
    return invited;
  }

  async joins(room: string): Promise<void> {
    this.#answers(room);
    await this.client.joinRoom(room);
    await this.isIn(room, 'join');
  }

  async declines(room: string): Promise<void> {
    this.#answers(room);
    await this.client.leave(room);
  }

  /** Waits until they are asked into their own room with Switchboard, and gives it. */
  async hasDesk(): Promise<string> {
    const { roomId } = await until(`the desk of ${this.name}`, () =>
      this.client.getRooms().find(({ name }) => name.startsWith('Desk of ')),
    );
    return roomId;
  }

  /** Enters their desk where they have not yet, and gives it. */
  async atDesk(): Promise<string> {
    const roomId = await this.hasDesk();
    if (this.client.getRoom(roomId)?.getMyMembership() === 'invite') {
      await this.client.joinRoom(roomId);
      await this.isIn(roomId, 'join');
    }
    return roomId;
  }

  /** What the invitation to the room said. */
  reasonFor(room: string): string {
    return String(this.#ownMembership(room)?.getContent()['reason'] ?? '');
  }

  /** Waits until the client shows the membership. */
  async isIn(room: string, membership: string): Promise<void> {
    await until(
      `${this.name}'s membership ${membership}`,
      () => this.client.getRoom(room)?.getMyMembership() === membership,
    );
  }

  /** Text, or the whole content of a message. Gives the event's id. */
  async says(room: string, said: string | Readonly<Record<string, unknown>>): Promise<string> {
    const content = typeof said === 'string' ? { msgtype: 'm.text', body: said } : said;
    return this.sends(room, 'm.room.message', content);
  }

  async sends(room: string, type: string, content: Readonly<Record<string, unknown>>): Promise<string> {
    // Not by the client's own `sendEvent`, whose types know the types of events: tests send what others may send, too.
    const path = `/rooms/${encodeURIComponent(room)}/send/${type}/${this.client.makeTxnId()}`;
    const answer = await this.client.http.authedRequest<{ event_id: string }>(Method.Put, path, undefined, {
      ...content,
    });
    return answer.event_id;
  }

  async repliesTo(room: string, event: string, body: string): Promise<string> {
    return this.says(room, {
      msgtype: 'm.text',
      body,
      'm.relates_to': { 'm.in_reply_to': { event_id: event } },
    });
  }

  async edits(room: string, event: string, body: string): Promise<string> {
    return this.says(room, {
      msgtype: 'm.text',
      body: `* ${body}`,
      'm.new_content': { msgtype: 'm.text', body },
      'm.relates_to': { rel_type: 'm.replace', event_id: event },
    });
  }

  async reacts(room: string, event: string, key: string): Promise<string> {
    return this.sends(room, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: event, key },
    });
  }

  async takesBack(room: string, event: string): Promise<void> {
    await this.client.redactEvent(room, event);
  }

  async types(room: string, active: boolean): Promise<void> {
    await this.client.sendTyping(room, active, 20_000);
  }

  async reads(room: string, event: string): Promise<void> {
    const found = await until(
      'the event that is read',
      () => this.client.getRoom(room)?.findEventById(event) ?? undefined,
    );
    await this.client.sendReadReceipt(found);
  }

  async uploads(bytes: Uint8Array<ArrayBuffer>, type: string, name: string): Promise<string> {
    const { content_uri: uri } = await this.client.uploadContent(new Blob([bytes], { type }), { type, name });
    return uri;
  }

  /** As an app does today: with the token, from the authenticated endpoint. */
  async downloads(mxc: string): Promise<{ readonly bytes: Buffer; readonly mimeType: string }> {
    const url = this.client.mxcUrlToHttp(mxc, undefined, undefined, undefined, false, true, true) ?? '';
    const answer = await fetch(url, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!answer.ok) throw new Error(`${url}: ${String(answer.status)}`);
    return {
      bytes: Buffer.from(await answer.arrayBuffer()),
      mimeType: answer.headers.get('content-type') ?? '',
    };
  }

  /** Waits for somebody else's event. A string is a message whose text is exactly that. */
  async sees(room: string, fits: string | ((event: Seen) => boolean), what = 'an event'): Promise<Seen> {
    const looked =
      typeof fits === 'string'
        ? ({ type, content }: Seen) => type === 'm.room.message' && content['body'] === fits
        : fits;
    return until(
      typeof fits === 'string' ? `“${fits}”, seen by ${this.name}` : `${what}, seen by ${this.name}`,
      () => this.seenIn(room).find((event) => event.sender !== this.userId && looked(event)),
      { seen: () => this.seenIn(room).slice(-4) },
    );
  }

  /** Waits for a notice of Switchboard in the thread of an event. */
  async isTold(room: string, about: string, words: RegExp): Promise<Seen> {
    return this.sees(
      room,
      ({ content }) =>
        content['msgtype'] === 'm.notice' &&
        words.test(String(content['body'])) &&
        threadOf(content) === about,
      `a notice ${String(words)} in the thread`,
    );
  }

  seenIn(room: string): Seen[] {
    return [...this.#seen.values()].filter((event) => event.room === room);
  }

  /** Texts of messages that others wrote, notices left out, in order. */
  textsIn(room: string, from?: string): string[] {
    return this.seenIn(room)
      .filter(({ type, content }) => type === 'm.room.message' && content['msgtype'] !== 'm.notice')
      .filter(({ sender }) => (from === undefined ? sender !== this.userId : sender === from))
      .map(({ content }) => String(content['body']));
  }

  /** Waits for somebody's read receipt at an event. */
  async seesReceipt(event: string, user: string): Promise<void> {
    await until(`the receipt of ${user}`, () => this.#receipts.has(`${event} ${user}`), {
      seen: () => [...this.#receipts].slice(-6),
    });
  }

  async seesTyping(room: string, user: string, active: boolean): Promise<void> {
    await until(`${user} ${active ? 'typing' : 'not typing'}`, () => this.isTyping(room, user) === active);
  }

  /** Whether the app shows them typing now. */
  isTyping(room: string, user: string): boolean {
    return this.#typing.get(room)?.has(user) === true;
  }

  /** Waits until the app shows this in place of a message: its last correction. */
  async seesNow(room: string, event: string, shown: string): Promise<void> {
    await until(
      `“${shown}” in place of a message`,
      () => this.client.getRoom(room)?.findEventById(event)?.getContent()['body'] === shown,
    );
  }

  async seesTakenBack(room: string, event: string): Promise<void> {
    await until('an event taken back', () => this.client.getRoom(room)?.findEventById(event)?.isRedacted());
  }

  signOut(): void {
    this.client.stopClient();
  }
}

const mostEvents = 10_000;

/**
 * No gap, however much happens between two syncs: an app would show the newest ten events and fetch the others when somebody scrolls up
 * to them, and a busy machine makes the time between two syncs long.
 */
function allEvents(userId: string): Filter {
  return Filter.fromJson(userId, '', { room: { timeline: { limit: mostEvents } } });
}

function threadOf(content: Seen['content']): string | undefined {
  const relation = content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined;
  return relation?.rel_type === 'm.thread' ? relation.event_id : undefined;
}
