import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePorts } from '../../dev/free-ports.ts';
import { fetchSynapse } from '../../dev/synapse/fetch-synapse.ts';
import { startSynapse, type RunningSynapse } from '../../dev/synapse/start-synapse.ts';
import { writeRegistration } from '../../src/matrix/registration-file.ts';
import { missing } from './product/peers.ts';

const without = await missing('synapse');
const main = new URL('../../src/main.ts', import.meta.url).pathname;

describe.skipIf(without !== undefined)(`--check against a real Synapse ${without ?? ''}`, () => {
  let directory: string;
  let synapse: RunningSynapse;
  let appservicePort: number;
  let elsewhere: number;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'switchboard-check-'));
    [appservicePort = 0, elsewhere = 0] = await freePorts(2);
    const registrations = [
      ['right', `http://127.0.0.1:${String(appservicePort)}`],
      ['astray', `http://127.0.0.1:${String(elsewhere)}`],
    ] as const;
    const files = registrations.map(([id, url]) => {
      const file = join(directory, `${id}.yaml`);
      writeRegistration(file, { id, url, prefix: `_${id}_`, domain: 'localhost' });
      return file;
    });
    const { root } = await fetchSynapse();
    synapse = await startSynapse({ root, registrationFiles: files });
  });
  afterAll(async () => {
    await (synapse as RunningSynapse | undefined)?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  let runs = 0;
  /** A config file that is right but for `changes` to its homeserver, and what it says of it. */
  async function check(
    changes: Readonly<Record<string, unknown>> = {},
    rest: Readonly<Record<string, unknown>> = {},
  ): Promise<{ code: number; out: string; err: string }> {
    runs += 1;
    const own = join(directory, String(runs));
    mkdirSync(own);
    const config = join(own, 'config.yaml');
    const main_ = { url: synapse.base, domain: 'localhost', registration: join(directory, 'right.yaml') };
    writeFileSync(
      config,
      stringify({
        homeservers: { main: { ...main_, ...changes } },
        appservice: { port: appservicePort },
        http: { port: 0 },
        store: { directory: join(own, 'data') },
        ...rest,
      }),
    );
    return run('-c', config, '--check');
  }
  async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        ['--disable-proto=delete', '--disable-warning=DEP0060', main, ...args],
        (error, out, err) => {
          const code = error === null ? 0 : Number(error.code ?? -1);
          resolve({ code, out, err });
        },
      );
    });
  }
  const changed = (change: object): string => {
    const file = join(directory, `changed-${String(runs)}.yaml`);
    const right = parse(readFileSync(join(directory, 'right.yaml'), 'utf8')) as object;
    writeFileSync(file, stringify({ ...right, ...change }));
    return file;
  };

  test('all is well: every line ok, exit code 0', async () => {
    const { code, out } = await check();
    const lines = out.trim().split('\n').slice(1);
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter((line) => !line.startsWith('ok  '))).toEqual([]);
    expect(out).toMatch(/ok {3}main: ping: the homeserver reached us/);
    expect(out).toMatch(/ok {3}main: rate limits: .*exempt/);
    expect(code).toBe(0);
  });

  test('a wrong as_token', async () => {
    const { code, out } = await check({ registration: changed({ as_token: 'a'.repeat(48) }) });
    expect(out).toMatch(
      /FAIL main: as_token: the homeserver does not know our as_token: give it our registration file/,
    );
    expect(out).not.toContain('a'.repeat(48));
    expect(code).toBe(1);
  });

  test('a wrong hs_token: the homeserver’s ping is refused', async () => {
    const { code, out } = await check({ registration: changed({ hs_token: 'b'.repeat(48) }) });
    expect(out).toMatch(/FAIL main: ping: .*hs_token is not ours/);
    expect(code).toBe(1);
  });

  test('a registration whose url leads elsewhere', async () => {
    const { code, out } = await check({ registration: join(directory, 'astray.yaml') });
    expect(out).toMatch(/FAIL main: ping: the homeserver cannot reach us at http:\/\/127\.0\.0\.1:\d+/);
    expect(out).toContain(String(elsewhere));
    expect(code).toBe(1);
  });

  test('another server name', async () => {
    const { code, out, err } = await check({ domain: 'example.org' });
    expect(out + err).toMatch(/localhost/);
    expect(out + err).toMatch(/example\.org/);
    expect(code).not.toBe(0);
  });

  test('nobody at the url, and somebody who is no homeserver', async () => {
    const nobody = await check({ url: `http://127.0.0.1:${String(elsewhere)}` });
    expect(nobody.out).toMatch(/FAIL main: homeserver: no answer from http:\/\/127\.0\.0\.1/);
    expect(nobody.code).toBe(1);
    const other = await check({ url: `${synapse.base}/not-here` });
    expect(other.out).toMatch(/FAIL main: homeserver: .*does not answer as a homeserver/);
    expect(other.code).toBe(1);
  });

  test('a line whose network does not take its parameters', async () => {
    const lines = {
      text: {
        channel: 'sms',
        queue: 'support',
        parameters: {
          accountSid: `AC${'0'.repeat(32)}`,
          authToken: 'the secret token',
          from: '+15551110000',
          apiBaseUrl: `http://127.0.0.1:${String(elsewhere)}`,
        },
      },
    };
    const acme = {
      name: 'Acme',
      homeserver: 'main',
      agents: { anna: { user: '@anna:localhost', name: 'Anna' } },
      queues: { support: { name: 'Support', agents: ['anna'] } },
      lines,
    };
    const { code, out } = await check({}, { tenants: { acme } });
    expect(out).toMatch(/FAIL acme: line text: Twilio did not answer/);
    expect(out).not.toContain('the secret token');
    expect(code).toBe(1);
  });

  test('mistakes in the file: all at once, with path, what was found and what was expected; exit code 2', async () => {
    const { code, err } = await check(
      { url: 'matrix.example.org', colour: 'blue' },
      { http: { port: 'high' } },
    );
    expect(err).toMatch(/homeservers\.main\.url/);
    expect(err).toMatch(/colour/);
    expect(err).toMatch(/http\.port/);
    expect(err).toContain('config.yaml');
    expect(code).toBe(2);
  });

  test('no such file, no registration, and a command line that is wrong; exit code 2', async () => {
    const none = await run('-c', join(directory, 'none.yaml'), '--check');
    expect(none.err).toContain('none.yaml');
    expect(none.code).toBe(2);
    const { code, err } = await check({ registration: join(directory, 'missing.yaml') });
    expect(err).toContain('missing.yaml');
    expect(code).toBe(2);
    expect((await run('--chekc')).code).toBe(2);
    expect((await run()).code).toBe(2);
  });
});
