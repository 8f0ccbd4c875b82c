import { createHash } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A server by the byte: takes any component whose handshake fits, then does as told with each connection. The first `turnedAway` it closes without a word. */
export async function startComponentServer(
  secret: string,
  onComponent: (socket: Socket, count: number) => void,
  { turnedAway = 0 }: { readonly turnedAway?: number } = {},
): Promise<{ readonly port: number; readonly close: () => Promise<unknown> }> {
  let count = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    connections += 1;
    if (connections <= turnedAway) {
      socket.end();
      return;
    }
    let received = '';
    let greeted = false;
    socket.on('data', (data) => {
      received += data.toString();
      if (received.includes('</stream:stream>')) socket.end('</stream:stream>');
      if (!greeted && received.includes('<stream:stream')) {
        greeted = true;
        socket.write(
          "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='bridge.localhost'>",
        );
      }
      const digest = createHash('sha1').update(`s1${secret}`).digest('hex');
      if (!received.includes(`<handshake>${digest}</handshake>`)) return;
      received = '';
      count += 1;
      onComponent(socket, count);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(resolve);
      }),
  };
}
