import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire that can be cut: everything between a component and its server goes through it. */
export interface CutProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Breaks all connections at once, on both sides. */
  cut(): void;
  /** Swallows everything from now on, without closing: a dead wire that looks alive. */
  freeze(frozen: boolean): void;
  /** Refuses new connections until told otherwise. */
  block(blocked: boolean): void;
  close(): Promise<void>;
}

export async function startCutProxy(target: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let blocked = false;
  let frozen = false;
  const server = createServer((near) => {
    if (blocked) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => {
        if (!frozen) to.write(data);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return sockets.size / 2;
    },
    cut,
    freeze: (now) => {
      frozen = now;
    },
    block: (now) => {
      blocked = now;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
