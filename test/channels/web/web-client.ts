import { randomUUID } from 'node:crypto';

/** An event of the stream, as any client sees it. */
export interface StreamEvent {
  readonly id?: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A client written from docs/web-chat.md alone: what somebody else's would be. */
export class WebClient {
  readonly base: string;
  readonly events: StreamEvent[] = [];
  token = '';
  lastId = 0;
  #stream = new AbortController();
  #done: Promise<void> = Promise.resolve();
  readonly #headers: Readonly<Record<string, string>>;

  constructor(base: string, headers: Readonly<Record<string, string>> = {}) {
    this.base = base;
    this.#headers = headers;
  }

  async begin(about: object = {}): Promise<this> {
    const response = await this.call('POST', '/visitors', about);
    if (response.status !== 201) throw new Error(`no visitor: ${response.status} ${await response.text()}`);
    this.token = ((await response.json()) as { token: string }).token;
    return this;
  }

  /** Opens the stream and reads it in the background, each event into `events`. */
  async listen(): Promise<this> {
    this.#stream = new AbortController();
    const response = await fetch(`${this.base}/events`, {
      headers: {
        ...this.#authorised(),
        ...(this.lastId === 0 ? {} : { 'last-event-id': String(this.lastId) }),
      },
      signal: this.#stream.signal,
    });
    if (response.status !== 200) throw new Error(`no stream: ${response.status} ${await response.text()}`);
    this.#done = this.#read(response.body!);
    return this;
  }

  /** Cuts the connection, as a tunnel would. */
  async cut(): Promise<void> {
    this.#stream.abort();
    await this.#done;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.base + path, {
      method,
      headers: {
        ...this.#authorised(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async say(text: string, more: object = {}): Promise<Response> {
    return this.call('POST', '/messages', { id: randomUUID(), kind: 'text', text, ...more });
  }

  async upload(bytes: Uint8Array, mimeType: string, name?: string): Promise<Response> {
    return fetch(`${this.base}/files`, {
      method: 'PUT',
      headers: {
        ...this.#authorised(),
        'content-type': mimeType,
        ...(name === undefined ? {} : { 'x-file-name': encodeURIComponent(name) }),
      },
      body: Buffer.from(bytes),
    });
  }

  #authorised(): Record<string, string> {
    return { ...this.#headers, ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }) };
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    let rest = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch {
      // Cut: what was whole is in `events`.
    }
  }

  #take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, Math.max(0, colon)), line.slice(colon + 2)];
      }),
    );
    const event = fields.get('event');
    if (event === undefined) return;
    const id = fields.get('id');
    if (id !== undefined) this.lastId = Number(id);
    this.events.push({
      event,
      data: JSON.parse(fields.get('data') ?? '{}') as Record<string, unknown>,
      ...(id === undefined ? {} : { id: Number(id) }),
    });
  }
}
