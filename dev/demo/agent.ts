import { randomUUID } from 'node:crypto';

interface RoomEvent {
  readonly event_id: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

interface SyncAnswer {
  readonly next_batch: string;
  readonly rooms?: {
    readonly invite?: Readonly<
      Record<string, { readonly invite_state: { readonly events: readonly RoomEvent[] } }>
    >;
    readonly join?: Readonly<
      Record<string, { readonly timeline: { readonly events: readonly RoomEvent[] } }>
    >;
  };
}

/** An agent as Element would be one: signs in with a password, syncs, joins what it is invited to, reads and writes. */
export class DemoAgent {
  readonly name: string;
  readonly userId: string;
  readonly #base: string;
  readonly #token: string;
  readonly #ended = new AbortController();
  /** Conversations (not spaces or desks) in which we are or to which we are invited. */
  readonly #invited = new Set<string>();
  readonly #seen = new Map<string, string[]>();
  #changed = Promise.withResolvers<undefined>();

  private constructor(name: string, base: string, userId: string, token: string) {
    this.name = name;
    this.#base = base;
    this.userId = userId;
    this.#token = token;
  }

  static async signIn(options: {
    name: string;
    base: string;
    user: string;
    password: string;
  }): Promise<DemoAgent> {
    const answer = await fetch(`${options.base}/_matrix/client/v3/login`, {
      method: 'POST',
      body: JSON.stringify({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: options.user },
        password: options.password,
      }),
    });
    const body = (await answer.json()) as { user_id?: string; access_token?: string; error?: string };
    if (body.user_id === undefined || body.access_token === undefined) {
      throw new Error(`${options.user} cannot sign in: ${body.error ?? String(answer.status)}`);
    }
    const agent = new DemoAgent(options.name, options.base, body.user_id, body.access_token);
    void agent.#sync();
    return agent;
  }

  /** Waits for an invitation to a conversation (not to a space or a desk), joins, and gives the room. */
  async acceptNextOffer(withinMs: number): Promise<string> {
    const room = await this.#until(() => [...this.#invited][0], withinMs, 'an invitation');
    this.#invited.delete(room);
    await this.#call('POST', `/rooms/${encodeURIComponent(room)}/join`, {});
    return room;
  }

  hasOffer(): boolean {
    return this.#invited.size > 0;
  }

  async sees(room: string, text: string, withinMs: number): Promise<void> {
    await this.#until(() => this.#seen.get(room)?.find((body) => body.includes(text)), withinMs, `“${text}”`);
  }

  async says(room: string, text: string): Promise<void> {
    await this.#call('PUT', `/rooms/${encodeURIComponent(room)}/send/m.room.message/${randomUUID()}`, {
      msgtype: 'm.text',
      body: text,
    });
  }

  signOut(): void {
    this.#ended.abort();
  }

  async #until<T>(look: () => T | undefined, withinMs: number, what: string): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${this.name} did not get ${what} within ${String(withinMs / 1000)} s`);
      let cancel: NodeJS.Timeout | undefined;
      const patience = new Promise((resolve) => {
        cancel = setTimeout(resolve, left);
      });
      await Promise.race([this.#changed.promise, patience]);
      clearTimeout(cancel);
    }
  }

  async #sync(): Promise<void> {
    let since = '';
    while (!this.#ended.signal.aborted) {
      try {
        const query = since === '' ? 'timeout=0' : `timeout=30000&since=${encodeURIComponent(since)}`;
        const answer = (await this.#call('GET', `/sync?${query}`)) as SyncAnswer;
        since = answer.next_batch;
        this.#take(answer);
      } catch (error) {
        // Signing out aborts the request that is under way.
        if (error instanceof Error && error.name === 'AbortError') return;
        console.error(`${this.name}: sync failed: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  #take({ rooms }: SyncAnswer): void {
    for (const [room, { invite_state: state }] of Object.entries(rooms?.invite ?? {})) {
      const create = state.events.find(({ type }) => type === 'm.room.create');
      const name = state.events.find(({ type }) => type === 'm.room.name')?.content['name'];
      const isDesk = typeof name === 'string' && name.startsWith('Desk of ');
      if (create?.content['type'] !== 'm.space' && !isDesk) this.#invited.add(room);
    }
    for (const [room, { timeline }] of Object.entries(rooms?.join ?? {})) {
      const seen = this.#seen.get(room) ?? [];
      for (const event of timeline.events) {
        if (event.sender !== this.userId && typeof event.content['body'] === 'string')
          seen.push(event.content['body']);
      }
      this.#seen.set(room, seen);
    }
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.#base}/_matrix/client/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}` },
      signal: this.#ended.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json: unknown = await answer.json();
    if (!answer.ok)
      throw new Error(
        `${method} ${path.split('?')[0] ?? ''}: ${String(answer.status)} ${JSON.stringify(json)}`,
      );
    return json;
  }
}
