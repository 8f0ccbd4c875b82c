import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly position: number;
    readonly conversation?: string;
  };
}

/** Somebody's program that is told of events; answers each with what `answer` says. */
export async function startReceiver() {
  const received: Received[] = [];
  const program = {
    answer: ((): number => 204) as (one: Received) => number,
    headers: {} as Record<string, string>,
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const headers = request.headers as Record<string, string>;
      const one = {
        id: headers['webhook-id'] ?? '',
        headers,
        body,
        event: JSON.parse(body) as Received['event'],
      };
      const status = program.answer(one);
      if (status < 300) received.push(one);
      response.writeHead(status, program.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    origin,
    url: `${origin}/events`,
    /** What it took. */
    received,
    program,
    types: (): string[] => received.map(({ event }) => event.type),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** Whether the signature is good, by the reference library. Its clock is the machine's, so the time is not looked at here. */
export function isSigned(secret: string, { headers, body, id }: Received): boolean {
  const timestamp = headers['webhook-timestamp'] ?? '';
  const expected = new Webhook(secret).sign(id, new Date(Number(timestamp) * 1000), body);
  return (headers['webhook-signature'] ?? '').split(' ').includes(expected);
}
