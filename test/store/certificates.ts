// Certificates for a test, made by openssl: an authority of our own, and a server's certificate that it signed.
import { execFile } from 'node:child_process';
import { chown, chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverUser } from '../../dev/postgres/server-user.ts';

const run = promisify(execFile);

export interface Certificates {
  /** PEM files. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Why there can be none, or `undefined`. */
export async function withoutOpenssl(): Promise<string | undefined> {
  return run('openssl', ['version']).then(
    () => undefined,
    () => 'openssl is not installed',
  );
}

/** `names`: as in a certificate, `DNS:localhost` or `IP:127.0.0.1`. The key is the database server's. */
export async function makeCertificates(
  directory: string,
  name: string,
  names: readonly string[],
): Promise<Certificates> {
  const [authority, authorityKey] = await makeAuthority(directory, name);
  const [key, request, certificate, extensions] = ['key', 'csr', 'crt', 'ext'].map((suffix) =>
    join(directory, `${name}-server.${suffix}`),
  ) as [string, string, string, string];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  await run('openssl', ['req', '-new', ...newKey, '-subj', `/CN=${name} server`, '-out', request]);
  await writeFile(extensions, `subjectAltName=${names.join(',')}\n`);
  await run('openssl', [
    ...['x509', '-req', '-in', request, '-CA', authority, '-CAkey', authorityKey, '-CAcreateserial'],
    ...['-days', '2', '-extfile', extensions, '-out', certificate],
  ]);
  const owner = await serverUser();
  await chmod(key, 0o600);
  if (owner !== undefined) await chown(key, owner.uid, owner.gid);
  return { authority, certificate, key };
}

async function makeAuthority(directory: string, name: string): Promise<[certificate: string, key: string]> {
  const [certificate, key] = [join(directory, `${name}-ca.crt`), join(directory, `${name}-ca.key`)];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name} authority`, '-keyout', key, '-out', certificate],
  ]);
  return [certificate, key];
}
