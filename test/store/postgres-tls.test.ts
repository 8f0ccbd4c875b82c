import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import type { ConfigProblem } from '../../src/config/config-error.ts';
import { readPostgres } from '../../src/config/postgres-settings.ts';
import { storeSchema } from '../../src/config/store-schema.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { UnfitDatabase } from '../../src/store/postgres/unfit-database.ts';
import type { Store } from '../../src/store/store.ts';
import { makeCertificates, withoutOpenssl, type Certificates } from './certificates.ts';

const programs = await ensurePostgres();
const patience = { timeout: 20_000, interval: 20 };
const without = 'unavailable' in programs ? programs.unavailable : await withoutOpenssl();

describe.skipIf(without !== undefined)(`PostgreSQL over TLS ${without ?? ''}`, () => {
  let directory: string;
  let ours: Certificates;
  let foreign: Certificates;
  let server: RunningPostgres;
  let place: string;
  beforeAll(async () => {
    if ('unavailable' in programs) return;
    directory = await mkdtemp(join(tmpdir(), 'switchboard-tls-'));
    await chmod(directory, 0o755);
    ours = await makeCertificates(directory, 'ours', ['DNS:localhost', 'IP:127.0.0.1']);
    foreign = await makeCertificates(directory, 'foreign', ['DNS:localhost']);
    server = await startPostgres(programs, [
      'ssl=on',
      `ssl_cert_file=${ours.certificate}`,
      `ssl_key_file=${ours.key}`,
    ]);
    place = await server.createDatabase();
  });
  afterAll(async () => {
    await (server as RunningPostgres | undefined)?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** As the config file says it. */
  async function open(postgres: object, url = place): Promise<Store> {
    const problems: ConfigProblem[] = [];
    const config = storeSchema.parse({ kind: 'postgres', postgres: { url, ...postgres } });
    const settings = readPostgres(join(directory, 'config.yaml'), config, problems);
    expect(problems).toEqual([]);
    return openPostgresStore({ ...settings, clock: systemClock, logger: silentLogger });
  }

  /** Those of a store that was closed go a little later. */
  async function connections(): Promise<{ ssl: boolean }[]> {
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    const { rows } = await client.query<{ ssl: boolean }>(
      `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'switchboard'`,
    );
    await client.end();
    return rows;
  }

  it.each([
    ['an address', (url: string) => url],
    ['a name', (url: string) => url.replace('127.0.0.1', 'localhost')],
  ])('works with the right authority, by %s that the certificate is for, and is encrypted', async (_, by) => {
    const store = await open({ tlsAuthority: ours.authority }, by(place));
    expect(await store.tenants()).toEqual([]);
    await expect.poll(connections, patience).toEqual([{ ssl: true }]);
    await store.close();
  });

  it.each([
    ['another authority', () => ({ tlsAuthority: foreign.authority })],
    ['the system’s authorities', () => ({ tls: 'verify-full' })],
  ])('is refused with %s, and nothing is sent', async (_, postgres) => {
    const refused = open(postgres());
    await expect(refused).rejects.toBeInstanceOf(UnfitDatabase);
    await expect(refused).rejects.toThrow(/a certificate that no known authority signed/);
    await expect.poll(connections, patience).toEqual([]);
  });

  it('is refused under a name that the certificate is not for', async () => {
    // Another spelling of 127.0.0.1, which the resolver takes for a name.
    const refused = open({ tlsAuthority: ours.authority }, place.replace('127.0.0.1', '127.1'));
    await expect(refused).rejects.toBeInstanceOf(UnfitDatabase);
    await expect(refused).rejects.toThrow(/a certificate for another name/);
    await expect.poll(connections, patience).toEqual([]);
  });

  it('is encrypted and not checked with `require`, and neither with `disable`', async () => {
    const unchecked = await open({ tls: 'require' });
    await expect.poll(connections, patience).toEqual([{ ssl: true }]);
    await unchecked.close();
    const plain = await open({});
    await expect.poll(connections, patience).toEqual([{ ssl: false }]);
    await plain.close();
  });

  it('takes another file than a certificate for a mistake in the config file', async () => {
    await writeFile(join(directory, 'notes.pem'), 'dear diary');
    await writeFile(
      join(directory, 'broken.pem'),
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    );
    const found = ['none.pem', 'notes.pem', 'broken.pem'].flatMap((tlsAuthority) => {
      const problems: ConfigProblem[] = [];
      const config = storeSchema.parse({ kind: 'postgres', postgres: { url: place, tlsAuthority } });
      expect(readPostgres(join(directory, 'config.yaml'), config, problems)).toBeUndefined();
      return problems.map((problem) => problem.found);
    });
    expect(found).toEqual([
      'a file that cannot be read',
      'a file without a certificate',
      'a file with a certificate that is not well-formed',
    ]);
  });
});
