import pg from 'pg';
import { StoreUnavailable } from '../store.ts';
import { asStoreFailure } from './failure.ts';
import { SchemaMismatch } from './migrate.ts';
import { UnfitDatabase } from './unfit-database.ts';

/**
 * What the operator is told when the store does not open: {@link UnfitDatabase} for what only they can cure,
 * {@link StoreUnavailable} for what may pass.
 */
export function asOpeningFailure(error: unknown): Error {
  if (error instanceof SchemaMismatch || error instanceof UnfitDatabase) return error;
  if (error instanceof StoreUnavailable) return error;
  const unfit = error instanceof pg.DatabaseError ? ofServer(error) : ofTls(error);
  if (unfit === undefined) return asStoreFailure(error);
  return new UnfitDatabase(unfit.found, unfit.expected, { cause: error });
}

interface Unfit {
  readonly found: string;
  readonly expected: string;
}

/** The server's own words name role and database, never a password. */
function ofServer({ code, message }: pg.DatabaseError): Unfit | undefined {
  const found = `that PostgreSQL refused (${message})`;
  switch (code) {
    case '28P01':
      return { found, expected: 'the password of the role' };
    case '28000':
      return {
        found,
        expected: 'a role that exists, and a line in pg_hba.conf that lets it in from this machine',
      };
    case '3D000':
      return { found, expected: 'a database that exists: CREATE DATABASE switchboard OWNER switchboard' };
    case '42501':
      return {
        found,
        expected:
          'a role that owns the database (ALTER DATABASE ... OWNER TO ...), or the schema switchboard and all that is in it',
      };
    default:
      return undefined;
  }
}

/** Node's errors of certificates have a code; pg's of a server without TLS has only its text. */
function ofTls(error: unknown): Unfit | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message === 'The server does not support SSL connections')
    return { found: 'a server without TLS', expected: 'one with ssl = on (tls: disable goes without)' };
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      found: 'a certificate for another name than the host in the address',
      expected: 'the name that the certificate is for',
    };
  if (code === 'CERT_HAS_EXPIRED')
    return { found: 'a certificate that has expired', expected: 'one that is valid' };
  if (!untrusted.has(code)) return undefined;
  return {
    found: `a certificate that no known authority signed (${code})`,
    expected: 'its authority in tlsAuthority',
  };
}

/** OpenSSL's names of what is wrong with a chain of certificates. */
const untrusted = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
