import type { LineConfig } from './protocol.ts';

/** What the server refused, in its own words. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  constructor(status: number, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Worth another try as it stands: nobody answered, or the server is busy. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof Refused) || error.status === 429 || error.status >= 500;
}

/** `encodeURIComponent` throws at these, and a file's name may have them. */
const loneSurrogates = /\p{Cs}/gu;

/** The line's HTTP interface. */
export class Api {
  readonly base: string;
  token: string | undefined;

  constructor(base: string) {
    this.base = base;
  }

  async config(): Promise<LineConfig> {
    return (await (await this.#call('GET', '/config', {})).json()) as LineConfig;
  }

  async createVisitor(about: Readonly<Record<string, string>>): Promise<string> {
    const response = await this.post('/visitors', about);
    return ((await response.json()) as { token: string }).token;
  }

  /** Gives up after 30 s: a request on a dead connection would otherwise wait for minutes. */
  async post(path: string, body: object): Promise<Response> {
    return this.#call('POST', path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
  }

  /** Gives what a message names the file by. */
  async upload(file: File): Promise<string> {
    const response = await this.#call('PUT', '/files', {
      headers: {
        'content-type': file.type === '' ? 'application/octet-stream' : file.type,
        'x-file-name': encodeURIComponent(file.name.replace(loneSurrogates, '\ufffd')),
      },
      body: file,
    });
    return ((await response.json()) as { file: string }).file;
  }

  async events(after: number, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers: Record<string, string> = after === 0 ? {} : { 'last-event-id': String(after) };
    const response = await this.#call('GET', '/events', { headers, signal });
    if (response.body === null) throw new Error('no stream');
    return response.body;
  }

  async #call(method: string, path: string, init: RequestInit): Promise<Response> {
    const response = await fetch(this.base + path, {
      ...init,
      method,
      headers: {
        ...(init.headers as Record<string, string> | undefined),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      },
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    if (response.ok) return response;
    throw await refusal(response);
  }
}

async function refusal(response: Response): Promise<Refused> {
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  let words = '';
  try {
    const problem = (await response.json()) as {
      title?: string;
      errors?: { field: string; message: string }[];
    };
    const first = problem.errors?.[0];
    words = first === undefined ? (problem.title ?? '') : `${first.field}: ${first.message}`;
  } catch {
    words = `HTTP ${response.status}`;
  }
  return new Refused(response.status, words, Number.isNaN(seconds) ? undefined : seconds * 1000);
}
