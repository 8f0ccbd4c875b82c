import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP proxy on loopback that can behave as a bad network does. */
export interface CuttingProxy {
  readonly port: number;
  /** Cuts every connection now. */
  cut(): void;
  /** While down, connections are cut as soon as they are made. */
  down(down: boolean): void;
  /** Cuts each later connection after so many bytes of the server's; undefined: no more. */
  cutAfter(bytes: (() => number) | undefined): void;
  /** How many connections were cut in the middle. */
  readonly cuts: number;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let isDown = false;
  let limit: (() => number) | undefined;
  let cuts = 0;
  const server = createServer((client) => {
    if (isDown) {
      client.on('error', () => undefined).destroy();
      return;
    }
    let left = limit?.() ?? Infinity;
    const upstream = connect(target, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      sockets.delete(client);
    };
    sockets.add(client);
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (chunk.length >= left) {
        cuts += 1;
        client.write(chunk.subarray(0, left), end);
        return;
      }
      left -= chunk.length;
      client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) {
      cuts += 1;
      socket.destroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    down(down) {
      isDown = down;
      if (down) cut();
    },
    cutAfter: (bytes) => {
      limit = bytes;
    },
    get cuts() {
      return cuts;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
