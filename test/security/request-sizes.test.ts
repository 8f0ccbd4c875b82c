import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { quarantineRoutes } from '../../src/api/quarantine-routes.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { startServer } from '../api/http-fixture.ts';
import { eventOf, openEndpoint } from '../matrix/appservice/fixture.ts';

/** Security row S8: sizes and times of what strangers send. */

/** One of our two servers, with a request that is taken and the beginning of one that never ends. */
interface Served {
  readonly port: number;
  readonly request: () => Promise<number>;
  readonly endless: string;
}

const short = { headersMs: 1000, requestMs: 2500 };
const servers: Readonly<Record<string, () => Promise<Served>>> = {
  async 'networks and browsers'() {
    const server = await startServer(async () => ({ status: 200 }), { limits: short });
    onTestFinished(() => server.stop());
    const path = '/channels/sms/acme/main';
    return {
      port: server.port,
      request: async () => (await fetch(server.url + path, { method: 'POST', body: 'x' })).status,
      endless: `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n`,
    };
  },
  async homeservers() {
    const opened = await openEndpoint({
      limits: { headersTimeout: short.headersMs, requestTimeout: short.requestMs },
    });
    onTestFinished(() => opened.endpoint.stop(100));
    let number = 0;
    return {
      port: opened.port,
      request: async () => {
        number += 1;
        return (await opened.push(String(number), { events: [eventOf(`e${String(number)}`)] })).status;
      },
      endless: `PUT /_matrix/app/v1/transactions/slow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer red-token-1\r\nContent-Length: 900\r\n\r\n`,
    };
  },
};

async function dial(
  port: number,
): Promise<{ socket: Socket; received: () => string; closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  return { socket, received: () => text, closed };
}

/** How much of the processor so many requests take, one after the other; each must be taken. */
async function costOf(served: Served, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < count; done += 1) expect(await served.request()).toBe(200);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

describe.each(Object.entries(servers))('the server for %s', (_name, start) => {
  it('goes on while 500 others send a byte a second, and closes those in time', async () => {
    const served = await start();
    await costOf(served, 20);
    const alone = await costOf(served, 100);
    const slow = await Promise.all(Array.from({ length: 500 }, async () => dial(served.port)));
    for (const { socket } of slow) socket.write(served.endless);
    const trickle = setInterval(() => slow.forEach(({ socket }) => socket.write('x')), 1000);
    onTestFinished(() => clearInterval(trickle));
    const beside = await costOf(served, 100);
    // Ten times as much would be a server that looks through all of them for each request; what is measured is about one. Time that
    // passes would say nothing: the machine may stand still meanwhile.
    expect(beside / alone).toBeLessThan(10);
    await Promise.all(slow.map(({ closed }) => closed));
    const answers = new Set(slow.map(({ received }) => received().slice(0, 12)));
    expect([...answers].filter((answer) => answer !== '' && answer !== 'HTTP/1.1 408')).toEqual([]);
    expect(await served.request()).toBe(200);
  });

  it('waits no longer for headers than for a body', async () => {
    const served = await start();
    const slow = await Promise.all(Array.from({ length: 50 }, async () => dial(served.port)));
    for (const { socket } of slow) socket.write(served.endless.slice(0, -2));
    const trickle = setInterval(() => slow.forEach(({ socket }) => socket.write('X: x\r\n')), 100);
    onTestFinished(() => clearInterval(trickle));
    expect(await served.request()).toBe(200);
    await Promise.all(slow.map(({ closed }) => closed));
  });

  it('takes headers of 15 KB and not of 17 KB', async () => {
    const served = await start();
    const head = served.endless.replace(/Content-Length: 900/, 'Content-Length: 0\r\nConnection: close');
    const answerTo = async (bytes: number): Promise<string> => {
      const { socket, received, closed } = await dial(served.port);
      socket.write(head.replace('\r\n\r\n', `\r\nX-Long: ${'x'.repeat(bytes)}\r\n\r\n`));
      await closed;
      return received().slice(9, 12);
    };
    expect(await answerTo(15_000)).not.toBe('431');
    expect(await answerTo(17_000)).toBe('431');
  });

  it.each([
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6'],
    ['a length and chunks', 'Transfer-Encoding: chunked\r\nContent-Length: 6'],
    ['a negative length', 'Content-Length: -1'],
    ['a length that is no number', 'Content-Length: 0x10'],
    ['a header that is continued', 'Content-Length: 5\r\n folded'],
    ['a bare line feed', 'X: a\nContent-Length: 5'],
    ['a space before the colon', 'Content-Length : 5'],
  ])('refuses %s', async (_what, headers) => {
    const served = await start();
    const { socket, received, closed } = await dial(served.port);
    socket.write(served.endless.replace('Content-Length: 900', headers));
    socket.write('12345GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n');
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(received().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('a route of operators', () => {
  const token = 'the-token-of-the-operator';
  async function ask(body: Uint8Array | Readable, authorization = `Bearer ${token}`): Promise<number> {
    const never = (): Promise<never> => Promise.reject(new Error('not asked here'));
    const guard = createOperatorGuard({
      hasTenant: () => true,
      operatorToken: token,
      // Without a key nothing is remembered.
      idempotency: { once: async (_request, action) => action(() => []) },
      logger: silentLogger,
    });
    const quarantine = { list: never, get: never, putBack: never, drop: async () => true };
    const routers = [quarantineRoutes({ quarantine, guard, logger: silentLogger })];
    const server = await startServer(undefined, { routers });
    onTestFinished(() => server.stop());
    const answer = await fetch(`${server.url}/api/v1/tenants/acme/quarantine/x`, {
      method: 'DELETE',
      headers: { authorization },
      body: body as Uint8Array<ArrayBuffer>,
      ...(body instanceof Readable ? { duplex: 'half' } : {}),
    });
    return answer.status;
  }
  const million = 1024 * 1024;

  it('takes a body of 1 MiB and not a byte more, whether its length is told or not', async () => {
    expect(await ask(Buffer.alloc(million))).toBe(204);
    expect(await ask(Buffer.alloc(million + 1))).toBe(413);
    expect(await ask(Readable.from([Buffer.alloc(million)]))).toBe(204);
    expect(await ask(Readable.from([Buffer.alloc(million), Buffer.alloc(1)]))).toBe(413);
  });

  it('reads no body of somebody without the token', async () => {
    expect(await ask(Buffer.alloc(4 * million), 'Bearer another')).toBe(401);
  });
});
