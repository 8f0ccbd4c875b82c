import type { Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startComponentServer } from './component-server.ts';
import { openXmppLine, type OpenLine } from './open-xmpp-line.ts';

const secret = 'component-secret';
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startServer(onComponent: (socket: Socket, count: number) => void): Promise<number> {
  const server = await startComponentServer(secret, onComponent);
  closing.push(server.close);
  return server.port;
}

async function openLine(port: number): Promise<OpenLine> {
  const line = await openXmppLine({ domain: 'bridge.localhost', secret, port });
  closing.push(() => line.close());
  return line;
}

const hello = (id: string) =>
  `<message from='alice@localhost/a' to='x@bridge.localhost' id='${id}' type='chat'><body>hello 👋</body></message>`;

describe('a component stream', () => {
  test('what comes in the same packet as the handshake, and in single bytes, is read', async () => {
    const port = await startServer((socket) => {
      socket.write(`<handshake/>${hello('m1')}`);
      for (const byte of Buffer.from(hello('m2'))) socket.write(Buffer.from([byte]));
    });
    const line = await openLine(port);
    await vi.waitFor(() => expect(line.host.events).toHaveLength(2));
    expect(line.host.events).toMatchObject([
      { message: { content: { text: 'hello 👋' } } },
      { message: { content: { text: 'hello 👋' } } },
    ]);
  });

  test.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]>'],
    ['no XML', '\u0000\u0001</nonsense>'],
    ['an unknown entity', '<message><body>&boom;</body></message>'],
    ['a wrong end', '<message></iq>'],
    ['the end of the stream', '</stream:stream>'],
    [
      'a stream error',
      "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
    ],
    ['a stanza without end', `<message><body>${'x'.repeat(5 * 1024 * 1024)}`],
  ])('after %s a new one is opened, and works', async (_name, bytes) => {
    const port = await startServer((socket, count) => {
      socket.write('<handshake/>');
      if (count === 1) socket.write(bytes);
      else socket.write(hello('later'));
    });
    const line = await openLine(port);
    await line.host.until((event) => event.kind === 'message' && event.id === 'alice@localhost later');
    expect(line.host.states.map(({ state }) => state)).toContain('disconnected');
  });

  test.each([
    ['closes at once', (socket: Socket) => socket.destroy()],
    [
      'refuses the domain',
      (socket: Socket) =>
        socket.write(
          "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
        ),
    ],
  ])('a server that %s is told as such, and tried again', async (_name, act) => {
    const port = await startServer((socket, count) => {
      if (count === 1) act(socket);
      else socket.write('<handshake/>');
    });
    const line = await openLine(port);
    await vi.waitFor(() => expect(line.host.states.map(({ state }) => state)).toContain('disconnected'));
    await line.untilState('connected');
  });

  test('a server that closes the connection before its first word is left at once, and tried again', async () => {
    const server = await startComponentServer(secret, (socket) => socket.write('<handshake/>'), {
      turnedAway: 1,
    });
    closing.push(server.close);
    const line = await openLine(server.port);
    await line.untilState('connected');
    expect(line.host.states.find(({ state }) => state === 'disconnected')).toMatchObject({
      reason: 'the XMPP server cannot be used: the server closed the connection',
      retrying: true,
    });
  });

  test('a stranger on the port gets nothing of the secret', async () => {
    const port = await startServer((socket) => socket.write('<handshake/>'));
    const line = await openLine(port);
    await line.untilState('connected');
    expect(line.host.logger.lines.join('\n')).not.toContain(secret);
  });
});
