import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { Logger } from '../../platform/log.ts';
import { useIndexPlans } from './statements/use-index-plans.ts';

export interface PostgresConnection {
  /** `postgres://user:password@host:port/database`. What it does not say, PGHOST, PGUSER and the like do. */
  readonly connectionString?: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** `true`: TLS, the server's certificate is checked against the system's authorities. An object for a private authority. Default: no TLS. */
  readonly ssl?: boolean | ConnectionOptions;
  /** How the server names our connections. Default `switchboard`. */
  readonly applicationName?: string;
}

export interface PoolLimits {
  /** Connections of this process at most, beside the one of `apart` and the one of the signals. Default 10: all replicas together must stay under the server's `max_connections`. */
  readonly maxConnections?: number;
  /** Milliseconds to wait for a connection before {@link StoreUnavailable}. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds after which an idle connection is closed. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Milliseconds a statement may take. The server ends it; should the server not answer, the connection is dropped a second later. Default 10,000. */
  readonly statementTimeoutMs?: number;
}

/** The pool waits for what it gives, which the pool's types do not say. */
const prepareConnection: (client: pg.ClientBase) => unknown = useIndexPlans;

/** `waitForDisk`: against a server that is set to answer before a commit is on its disk. */
export function createPool(
  connection: PostgresConnection,
  limits: PoolLimits,
  waitForDisk: boolean,
  logger: Logger,
): pg.Pool {
  const statementTimeoutMs = limits.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    ...clientConfig(connection),
    ...(waitForDisk ? { options: '-c synchronous_commit=on' } : {}),
    max: limits.maxConnections ?? 10,
    connectionTimeoutMillis: limits.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: limits.idleTimeoutMs ?? 30_000,
    statement_timeout: statementTimeoutMs,
    // Both under the statement's, so that a replica that is paused in the middle does not hold the others' records.
    lock_timeout: Math.ceil(statementTimeoutMs / 2),
    idle_in_transaction_session_timeout: Math.ceil(statementTimeoutMs / 2),
    query_timeout: statementTimeoutMs + 1_000,
    onConnect: prepareConnection,
  });
  // A connection that breaks while nobody uses it: the pool drops it and opens another when one is needed.
  pool.on('error', (error) => {
    logger.warn({ reason: error.message }, 'store: an idle connection to PostgreSQL broke');
  });
  // One that breaks in the moment in which it is lent, when neither the pool nor the borrower listens yet: without a listener of its own it
  // would end the process. Whoever has it is told by the next statement.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  return pool;
}

/** The host that the address leads to, or the folder of its socket, with the defaults of the environment (PGHOST). */
export function postgresHost(connectionString: string): string {
  return new pg.Client({ connectionString }).host;
}

export function clientConfig(connection: PostgresConnection): pg.ClientConfig {
  const { connectionString, host, port, database, user, password, ssl } = connection;
  return {
    ...(connectionString === undefined ? {} : { connectionString }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl: ssl === true ? { rejectUnauthorized: true } : ssl }),
    application_name: connection.applicationName ?? 'switchboard',
    keepAlive: true,
  };
}
