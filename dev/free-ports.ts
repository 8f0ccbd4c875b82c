import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';

const lowest = 10_240;
const ephemeralFile = '/proc/sys/net/ipv4/ip_local_port_range';

/**
 * Ports on loopback that nobody has at the moment; all different, and given to nobody else who asks here while this process lives. They
 * lie below those that the system gives to `listen(0)` and to outgoing connections (ip(7), ip_local_port_range): such a one could be
 * taken by anybody while the process that it is meant for is not there yet, or is being restarted on it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const above = firstEphemeral();
  try {
    while (held.length < count)
      held.push(
        await untilOneListens(() =>
          above > lowest ? lowest + Math.floor(Math.random() * (above - lowest)) : 0,
        ),
      );
    return held.map((server) => (server.address() as AddressInfo).port);
  } finally {
    await Promise.all(held.map(async (server) => new Promise((resolve) => server.close(resolve))));
  }
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

async function untilOneListens(choose: () => number): Promise<Server> {
  for (;;) {
    const server = await listen(choose()).catch(ifInUse);
    if (server === undefined) continue;
    if (await reserve((server.address() as AddressInfo).port).catch(ifInUse)) return server;
    await new Promise((resolve) => server.close(resolve));
  }
}

function ifInUse(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return;
  throw error;
}

/**
 * Test files run side by side, and a port stays free for seconds until what it is meant for listens: whoever gives it holds the UDP port
 * of its number, which nobody here needs, until the process ends.
 */
async function reserve(port: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4').once('error', reject);
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}

async function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

/** 0 where the system does not tell (only Linux does). */
function firstEphemeral(): number {
  try {
    return Number(readFileSync(ephemeralFile, 'utf8').trim().split(/\s+/)[0]);
  } catch {
    return 0;
  }
}
