import type { Response } from 'express';

/** What a request is answered with. */
export interface ApiAnswer {
  readonly status: number;
  /** JSON; none with 204. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export const done: ApiAnswer = { status: 204 };

export function ok(body: object): ApiAnswer {
  return { status: 200, body };
}

/** The same, marked as one that was given before. */
export function replayOf<T extends { readonly headers?: Readonly<Record<string, string>> }>(answer: T): T {
  return { ...answer, headers: { ...answer.headers, 'idempotency-replayed': 'true' } };
}

export function sendAnswer(response: Response, { status, body, headers = {} }: ApiAnswer): void {
  response.status(status).set(headers);
  if (body === undefined) response.end();
  else response.json(body);
}
