import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import { endConnections } from './end-connections.ts';
import type { Strike } from './replica-chaos-run.ts';

/** Nothing at all: what a fault leaves behind shows in the quiet after it. */
export const nothing: Strike = { name: 'nothing', strike: async () => undefined };

/** kill -9; the next one comes after so long. */
export function kill(downMs = 0): Strike {
  return { name: 'kill -9', strike: async (victim) => victim.kill(downMs) };
}

/** SIGSTOP, and SIGCONT after so long. */
export function pause(ms: number): Strike {
  return { name: 'SIGSTOP', strike: async (victim) => victim.pause(ms) };
}

/** kill -9, and nobody there until the others have gone on with all of it. */
export const killUntilMoved: Strike = {
  name: 'kill -9',
  strike: async (victim, { untilAllMoved }) => victim.kill(untilAllMoved),
};

/** SIGSTOP, and SIGCONT when the others have gone on with all of it: however long the machine takes, what it held is another's by then. */
export const pauseUntilMoved: Strike = {
  name: 'SIGSTOP',
  strike: async (victim, { untilAllMoved }) => victim.pause(untilAllMoved),
};

export const terminate: Strike = { name: 'SIGTERM', strike: async (victim) => victim.restart() };

/** `pg_terminate_backend` of every connection. */
export function disconnect(server: RunningPostgres): Strike {
  return { name: 'pg_terminate_backend', strike: async () => endConnections(server.adminUrl) };
}

/** PostgreSQL ends as if the machine had failed, and comes back a second later. */
export function crashDatabase(server: RunningPostgres): Strike {
  return {
    name: 'PostgreSQL immediate stop',
    async strike() {
      await server.halt('immediate');
      await sleep(1000);
      await server.resume();
    },
  };
}
