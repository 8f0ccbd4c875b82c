import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Requester } from './accounts.ts';
import { Refused } from './matrix-failure.ts';
import type { World } from './world.ts';

export interface Call {
  readonly world: World;
  readonly requester: Requester;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The path's variable segments, decoded. */
  readonly path: readonly string[];
  readonly pathname: string;
  readonly body: Buffer;
}

export type Handler = (call: Call) => object | Promise<object>;
/** `METHOD /path/:with/:variables` to its handler. `open`: without a token. */
export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly open: boolean;
  readonly handler: Handler;
}

export function route(method: string, path: string, handler: Handler, open = false): Route {
  const pattern = new RegExp(`^${path.replace(/:\w+\?/g, '([^/]*)').replace(/:\w+/g, '([^/]+)')}$`);
  return { method, pattern, handler, open };
}

/** Bytes rather than JSON. */
export class Bytes {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  constructor(bytes: Buffer, headers: Readonly<Record<string, string>>) {
    this.bytes = bytes;
    this.headers = headers;
  }
}

/** An answer with the status 201. */
export class Created {
  readonly body: object;
  constructor(body: object) {
    this.body = body;
  }
}

/** The call's JSON body, checked. */
export function bodyOf<T>(call: Call, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = call.body.length === 0 ? {} : JSON.parse(call.body.toString('utf8'));
  } catch {
    throw new Refused(400, 'M_NOT_JSON', 'Content not JSON.');
  }
  const checked = schema.safeParse(value);
  if (!checked.success)
    throw new Refused(
      400,
      'M_BAD_JSON',
      checked.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '),
    );
  return checked.data;
}

export const anyObject = z.record(z.string(), z.unknown());

/** The n-th variable of the path. */
export function at(call: Call, index: number): string {
  return call.path[index] ?? '';
}
