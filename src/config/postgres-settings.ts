import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { postgresHost, type PostgresConnection, type PoolLimits } from '../store/postgres/connection-pool.ts';
import type { ConfigProblem } from './config-error.ts';
import type { StoreConfig } from './store-schema.ts';

/** How to reach the database. Holds a secret: never to be logged. */
export type PostgresSettings = PostgresConnection & PoolLimits;

const urlPath = 'store.postgres.url';

/** Of a config with `kind: postgres`; `undefined` when something is wrong, which `problems` then has. `file`: the config file. */
export function readPostgres(
  file: string,
  { postgres }: StoreConfig,
  problems: ConfigProblem[],
): PostgresSettings | undefined {
  const { url, tls, tlsAuthority } = postgres;
  if (url === undefined) {
    const expected = 'the address of the database: postgres://user:password@host:5432/database';
    problems.push({ path: urlPath, found: 'nothing', expected });
    return undefined;
  }
  const host = hostOf(url, problems);
  const ca =
    tlsAuthority === undefined ? undefined : readAuthority(resolve(dirname(file), tlsAuthority), problems);
  if (host === undefined || (tlsAuthority !== undefined && ca === undefined)) return undefined;
  const mode = tls ?? (isThisMachine(host) && ca === undefined ? 'disable' : 'verify-full');
  return {
    connectionString: url,
    maxConnections: postgres.connections,
    statementTimeoutMs: postgres.statementTimeoutSeconds * 1000,
    ssl:
      mode === 'disable'
        ? false
        : { rejectUnauthorized: mode === 'verify-full', ...(ca === undefined ? {} : { ca }) },
  };
}

/** Nothing of the address is quoted: it holds a password. */
function hostOf(url: string, problems: ConfigProblem[]): string | undefined {
  const query = URL.canParse(url) ? new URL(url).searchParams : undefined;
  const ofTls = [...(query?.keys() ?? [])].find((name) => /^ssl|^uselibpqcompat$/.test(name));
  if (ofTls !== undefined) {
    problems.push({
      path: urlPath,
      found: `the parameter ${ofTls}`,
      expected: 'store.postgres.tls and store.postgres.tlsAuthority in its place',
    });
    return undefined;
  }
  try {
    if (query !== undefined) return postgresHost(url);
  } catch {
    // Said below, in words that do not quote the address.
  }
  problems.push({
    path: urlPath,
    found: 'an address that cannot be taken apart',
    expected:
      'postgres://user:password@host:5432/database, characters such as @ / : # in the password as %40 %2F %3A %23',
  });
  return undefined;
}

function readAuthority(path: string, problems: ConfigProblem[]): string | undefined {
  const complain = (found: string): string | undefined => {
    const expected = 'a PEM file with the certificate of the authority';
    problems.push({ path: 'store.postgres.tlsAuthority', found, expected });
    return undefined;
  };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return complain('a file that cannot be read');
  }
  const certificates = text.match(pemCertificate) ?? [];
  if (certificates.length === 0) return complain('a file without a certificate');
  try {
    for (const one of certificates) new X509Certificate(one);
    return text;
  } catch {
    return complain('a file with a certificate that is not well-formed');
  }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/** A socket's folder, or loopback. */
function isThisMachine(host: string): boolean {
  return host.startsWith('/') || /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}
