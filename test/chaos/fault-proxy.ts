import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a bad network does to every connection, those that are open included. */
export type NetworkFault =
  /** Each piece comes so much later, both ways. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Arrives in pieces of so many bytes. */
  | { readonly kind: 'slices'; readonly bytes: number }
  /** A connection is reset after it has carried so many bytes of answers. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

/** A TCP proxy on loopback between a process and what it calls. */
export interface FaultProxy {
  readonly port: number;
  /** From now on; undefined: none. */
  fault: NetworkFault | undefined;
  /** Resets what is open now. */
  reset(): void;
  /** What is open now stays open, and nothing more comes through it, either way and for ever: the other end is gone without a word. */
  halfOpen(): void;
  /** Half-open connections that the process has not given up. */
  readonly heldOpen: number;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  answered: number;
  dead: boolean;
}

export async function startFaultProxy(target: () => number): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  const before = new WeakMap<Socket, Promise<void>>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target(), host: '127.0.0.1', noDelay: true });
    const pair: Pair = { client, upstream, answered: 0, dead: false };
    pairs.add(pair);
    const end = (): void => {
      client.resetAndDestroy();
      upstream.destroy();
      pairs.delete(pair);
    };
    client.on('error', end).on('close', end);
    upstream.on('error', () => undefined);
    upstream.on('close', (failed) => {
      // Of a half-open connection the process hears nothing, its end neither.
      if (pair.dead) return;
      if (failed) end();
      else void (before.get(client) ?? Promise.resolve()).then(() => client.end());
    });
    client.on('data', (chunk: Buffer) => pass(pair, upstream, chunk));
    upstream.on('data', (chunk: Buffer) => {
      pair.answered += chunk.length;
      const { fault } = proxy;
      if (fault?.kind === 'cut' && pair.answered > fault.afterBytes && !pair.dead) end();
      else pass(pair, client, chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const pass = (pair: Pair, to: Socket, chunk: Buffer): void => {
    if (pair.dead || to.destroyed) return;
    const { fault } = proxy;
    const due = performance.now() + (fault?.kind === 'latency' ? fault.ms : 0);
    const bytes = fault?.kind === 'slices' ? fault.bytes : chunk.length;
    // One after the other, also when what came later is not delayed any more.
    const passed = (before.get(to) ?? Promise.resolve()).then(async () => {
      if (due > performance.now()) await sleep(due - performance.now());
      for (let at = 0; at < chunk.length && !pair.dead && !to.destroyed; at += bytes)
        to.write(chunk.subarray(at, at + bytes));
    });
    before.set(to, passed);
  };
  const proxy: FaultProxy = {
    port: (server.address() as AddressInfo).port,
    fault: undefined,
    reset() {
      for (const { client } of pairs) client.resetAndDestroy();
    },
    halfOpen() {
      for (const pair of pairs) {
        pair.dead = true;
        pair.upstream.destroy();
      }
    },
    get heldOpen() {
      return [...pairs].filter(({ dead }) => dead).length;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const { client, upstream } of pairs) {
          client.destroy();
          upstream.destroy();
        }
      }),
  };
  return proxy;
}
