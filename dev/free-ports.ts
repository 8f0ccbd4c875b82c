import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';

const lowest = 10_240;
const ephemeralFile = '/proc/sys/net/ipv4/ip_local_port_range';

/**
 * Ports on loopback that nobody has at the moment; all different. They lie below those that the system gives to `listen(0)` and to
 * outgoing connections (ip(7), ip_local_port_range): such a one could be taken by anybody while the process that it is meant for is
 * not there yet, or is being restarted on it.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const above = firstEphemeral();
  try {
    while (held.length < count)
      held.push(
        above > lowest
          ? await untilOneListens(() => lowest + Math.floor(Math.random() * (above - lowest)))
          : await listen(0),
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
    const server = await listen(choose()).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
      throw error;
    });
    if (server !== undefined) return server;
  }
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
