import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** What a PostgreSQL server of ours was busy with. */
export interface ServerCost {
  /** User and system time of all of its processes so far, in seconds, of those that have ended too. */
  cpuSeconds(): number;
  /** Statements since the last call, the dearest first, in words: how often and how long for each message. */
  statements(messages: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** For `statements`: a setting of the server. */
export const countStatements = 'shared_preload_libraries=pg_stat_statements';

const ticksPerSecond = 100;
const shown = 14;

export async function watchServer(adminUrl: string, counted: boolean): Promise<ServerCost> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  if (counted) await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const server = statOf(rows[0]?.pid ?? 0)?.parent ?? 0;
  return {
    cpuSeconds() {
      let ticks = statOf(server)?.withEnded ?? 0;
      for (const name of readdirSync('/proc')) {
        const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
        if (stat?.parent === server) ticks += stat.own;
      }
      return ticks / ticksPerSecond;
    },
    async statements(messages) {
      const found = await client.query<{ query: string; calls: string; ms: number; rows: string }>(
        'SELECT query, calls, total_exec_time AS ms, rows FROM pg_stat_statements ORDER BY total_exec_time DESC',
      );
      await client.query('SELECT pg_stat_statements_reset()');
      const all = found.rows.reduce((sum, { ms }) => sum + ms, 0);
      const lines = found.rows.slice(0, shown).map(({ query, calls, ms, rows: count }) => {
        const each = [Number(calls), Number(count)].map((n) => (n / messages).toFixed(3));
        return `${(ms / messages).toFixed(3)} ms, ${each.join(' calls, ')} rows: ${query.replace(/\s+/g, ' ').slice(0, 110)}`;
      });
      return [`${(all / messages).toFixed(3)} ms of execution a message`, ...lines];
    },
    close: async () => client.end(),
  };
}

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** With the children that have ended. */
  readonly withEnded: number;
}

/** Undefined for a process that has ended. */
function statOf(pid: number): Stat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const at = (index: number): number => Number(fields[index]);
  const own = at(11) + at(12);
  return { parent: at(1), own, withEnded: own + at(13) + at(14) };
}
