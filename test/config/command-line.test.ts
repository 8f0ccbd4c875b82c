import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePort, freePorts } from '../../dev/free-ports.ts';
import { generateRegistration, registrationYaml, type Registration } from '../../src/matrix/registration.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import { startStandIn, type StandInHomeserver } from '../peers/homeserver/stand-in-homeserver.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const children = new Set<ChildProcess>();
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-command-'));
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  children.clear();
  rmSync(directory, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly output: { out: string; err: string };
  readonly ended: Promise<Ended>;
}
interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(
    process.execPath,
    ['--disable-proto=delete', '--disable-warning=DEP0060', main, ...args],
    {
      cwd: directory,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  children.add(child);
  const output = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (output.out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.err += data.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...output }));
  return { child, output, ended };
}

const run = async (...args: string[]): Promise<Ended> => start(args).ended;

function inDirectory(name: string): string {
  return join(directory, name);
}

function tokensOf(file: string): string[] {
  const { as_token, hs_token } = parse(readFileSync(inDirectory(file), 'utf8')) as Registration;
  return [as_token, hs_token];
}

describe('-r', () => {
  it('writes a registration that only its owner reads, and keeps its tokens when asked again', async () => {
    const first = await run('-r', '-u', 'http://127.0.0.1:9009/', '-f', 'main.yaml');
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toContain('main.yaml written.');
    expect(first.out).toContain('app_service_config_files');
    expect(statSync(inDirectory('main.yaml')).mode & 0o777).toBe(0o600);
    const tokens = tokensOf('main.yaml');
    expect(first.out).not.toContain(tokens[0]);

    const again = await run(
      ...['-r', '-u', 'https://sb.example.org', '-f', 'main.yaml', '--id', 'sb'],
      ...['--domain', 'example.org', '--prefix', 'sb_'],
    );
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toContain('its tokens kept');
    expect(tokensOf('main.yaml')).toEqual(tokens);
    expect(parse(readFileSync(inDirectory('main.yaml'), 'utf8'))).toMatchObject({
      id: 'sb',
      url: 'https://sb.example.org',
      sender_localpart: 'sb_bot',
      rate_limited: false,
      namespaces: { users: [{ exclusive: true, regex: '@sb_.*:example\\.org' }] },
    });
  });

  it.each([
    ['without -u', ['-f', 'main.yaml'], /^-r needs -u URL.*found nothing\.$/m],
    ['with a -u that is no URL', ['-u', 'nonsense'], /found nonsense\./],
    ['with a -u that is not HTTP', ['-u', 'ftp://host'], /found ftp:\/\/host\./],
    [
      'with a prefix that no user can have',
      ['-u', 'http://a', '-f', 'main.yaml', '--prefix', 'Up Per'],
      /^prefix: found "Up Per"/m,
    ],
    [
      'into a folder that is not there',
      ['-u', 'http://a', '-f', 'none/main.yaml'],
      /^none\/main\.yaml: found a place that cannot be written \(ENOENT\), expected/m,
    ],
  ])('%s ends with 2, says why and writes nothing', async (_name, args, said) => {
    const { code, out, err } = await run('-r', ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
    expect(err).not.toMatch(/^\s+at /m);
    expect(existsSync(inDirectory('main.yaml'))).toBe(false);
  });

  it('does not overwrite what is no registration', async () => {
    writeFileSync(inDirectory('notes.yaml'), 'dear: diary\n');
    const { code, err } = await run('-r', '-u', 'http://a', '-f', 'notes.yaml');
    expect(code).toBe(2);
    expect(err).toContain('notes.yaml: found a file without as_token and hs_token');
    expect(readFileSync(inDirectory('notes.yaml'), 'utf8')).toBe('dear: diary\n');
  });
});

describe('the command itself', () => {
  it('explains itself when asked, and when it is given nothing or something unknown', async () => {
    const [help, nothing, unknown] = await Promise.all([run('--help'), run(), run('--nonsense')]);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('Exit codes');
    expect(nothing).toMatchObject({ code: 2, out: '' });
    expect(nothing.err).toContain('-c FILE');
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain("Unknown option '--nonsense'");
  });
});

describe('-c', () => {
  const secret = 'a-secret-of-the-test';
  let homeserver: StandInHomeserver;
  let registration: Registration;
  let appservice: number;
  let http: number;

  beforeAll(async () => {
    [appservice = 0, http = 0] = await freePorts(2);
    registration = generateRegistration({
      id: 'switchboard',
      url: `http://127.0.0.1:${appservice}`,
      prefix: '_switchboard_',
      domain: 'stand-in.test',
    });
    homeserver = await startStandIn({ registrations: [registration] });
  });
  afterAll(async () => {
    await homeserver.stop();
  });
  beforeEach(() => {
    writeFileSync(inDirectory('registration.yaml'), registrationYaml(registration));
    writeConfig({});
  });

  function writeConfig(changes: object): void {
    const config = {
      homeservers: {
        main: { url: homeserver.url, domain: 'stand-in.test', registration: 'registration.yaml' },
      },
      appservice: { port: appservice },
      http: { port: http },
      store: { directory: 'data', fsync: false },
      tenants: {
        acme: {
          name: 'Acme',
          homeserver: 'main',
          agents: { anna: { user: '@anna:stand-in.test', name: 'Anna' } },
          queues: { support: { name: 'Support', agents: ['anna'] } },
          lines: {
            loop: { channel: 'loopback', queue: 'support', parameters: { secret } },
          },
        },
      },
      ...changes,
    };
    writeFileSync(inDirectory('config.yaml'), stringify(config));
  }

  /** Gives the answer's status. */
  async function customerSays(text: string): Promise<number> {
    const path = '/channels/loopback/acme/loop/messages';
    const body = JSON.stringify({ type: 'text', id: 'm1', from: 'cora', text });
    const signature = createHmac('sha256', secret).update(`POST\n${path}\n`).update(body).digest('hex');
    const headers = { 'x-loopback-signature': signature, 'content-type': 'application/json' };
    const { status } = await fetch(`http://127.0.0.1:${http}${path}`, { method: 'POST', headers, body });
    return status;
  }

  async function ready(running: Running): Promise<void> {
    await expect
      .poll(() => running.output.out, { timeout: 60_000, interval: 50 })
      .toContain('Switchboard is ready');
  }

  it('a wrong file: file, path, what was found and what was expected, all at once, and exit code 2', async () => {
    rmSync(inDirectory('registration.yaml'));
    writeConfig({
      http: { port: 'many', operatorToken: 'short-one' },
      colour: 'red',
      logging: { level: 'loud' },
    });
    const { code, out, err } = await run('-c', 'config.yaml');
    expect([code, out]).toEqual([2, '']);
    expect(err.trim().split('\n').sort()).toEqual([
      'config.yaml: colour: found a setting that does not exist, expected one that does: see config/config.sample.yaml',
      'config.yaml: homeservers.main.registration: found in registration.yaml: no file, expected a registration file (made with -r)',
      'config.yaml: http.operatorToken: found a secret of another form, expected a token of at least 16 characters without spaces',
      'config.yaml: http.port: found "many", expected a number',
      'config.yaml: logging.level: found "loud", expected one of debug, info, warn, error, silent',
    ]);
    expect(existsSync(inDirectory('data'))).toBe(false);
  });

  it('no file, and the environment in error: exit code 2', async () => {
    const missing = await run('-c', 'none.yaml');
    expect(missing.code).toBe(2);
    expect(missing.err).toContain('none.yaml: found no file that can be read');
    const { code, err } = await start(['-c', 'config.yaml'], { SWITCHBOARD__HTPP__PORT: '1' }).ended;
    expect(code).toBe(2);
    expect(err).toContain('SWITCHBOARD__HTPP__PORT: found a name that leads nowhere');
  });

  it.each([
    [['--quarantine', 'burn', '--tenant', 'acme'], /found burn, expected list, show, put-back or drop/],
    [['--quarantine', 'list'], /with --tenant T/],
    [['--quarantine', 'drop', '--tenant', 'acme'], /--entry ID/],
    [['--quarantine', 'list', '--tenant', 'acme'], /http\.operatorToken: found nothing, expected a token/],
    [['--deliveries', 'burn', '--tenant', 'acme'], /found burn, expected list, show, retry or drop/],
    [['--deliveries', 'retry', '--tenant', 'acme'], /--entry ID/],
    [
      ['--deliveries', 'list', '--tenant', 'acme', '--status', 'sent'],
      /--status: found sent, expected failed, unclear, pending/,
    ],
    [['--why', '$event'], /with --tenant T/],
    [['-p', 'seventy'], /appservice\.port: found "seventy", expected a number/],
    [['-p', '70000'], /appservice\.port: found 70000, expected a number of at most 65535/],
  ])('%j ends with 2', async (args, said) => {
    const { code, out, err } = await run('-c', 'config.yaml', ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });

  it('--quarantine without a Switchboard that runs ends with 1', async () => {
    writeConfig({ http: { port: http, operatorToken: 'an-operator-of-the-test' } });
    const { code, err } = await run('-c', 'config.yaml', '--quarantine', 'list', '--tenant', 'acme');
    expect(code).toBe(1);
    expect(err).toContain(`Switchboard does not answer at http://127.0.0.1:${http}`);
  });

  // Fourteen commands, one after the other: a second each on a free machine, ten on a busy one.
  it(
    '--why and --deliveries ask the Switchboard that runs: what became of it, send it again, drop it',
    { timeout: 400_000 },
    async () => {
      let status = 404;
      const network = createHttpServer((request, response) => {
        request.resume();
        response.writeHead(status).end();
      }).listen(0, '127.0.0.1');
      await once(network, 'listening');
      const callbackUrl = `http://127.0.0.1:${(network.address() as AddressInfo).port}/`;
      const base = {
        name: 'Acme',
        homeserver: 'main',
        agents: { anna: { user: '@anna:stand-in.test', name: 'Anna' } },
        queues: { support: { name: 'Support', agents: ['anna'], retrySeconds: 3600 } },
      };
      const loop = { channel: 'loopback', queue: 'support', parameters: { secret, callbackUrl } };
      writeConfig({
        http: { port: http, operatorToken: 'an-operator-of-the-test' },
        tenants: {
          acme: { ...base, lines: { loop }, texts: { greeting: 'Welcome to {tenant}.' } },
          globex: { ...base, name: 'Globex' },
        },
      });
      const asks = async (...args: string[]): Promise<Ended> => run('-c', 'config.yaml', ...args);
      const acme = ['--tenant', 'acme'] as const;
      const running = start(['-c', 'config.yaml']);
      await ready(running);
      expect(await customerSays('Hello')).toBe(202);

      // The greeting does not get through, since the network does not take it.
      await expect
        .poll(async () => (await asks('--deliveries', 'list', ...acme)).out, { timeout: 60_000 })
        .toMatch(/send to the line: failed, attempts: 1: the callback URL answered 404/);
      const { out: list } = await asks('--deliveries', 'list', ...acme);
      const [, delivery = '', message = ''] =
        /Z {2}(\S+)\n {2}conversation \S+, message (\S+), send/.exec(list) ?? [];
      expect((await asks('--why', message, ...acme)).out).toMatch(
        /^Not delivered: the callback URL answered 404\.\nSaid by Switchboard \d\d:\d\d:\d\d; attempt 1 failed /,
      );
      expect((await asks('--why', 'm1', ...acme)).out).toContain('ccepted from the customer by Loopback');
      const ofCora = await asks('--why', 'cora', ...acme);
      expect(ofCora.out).toMatch(/text by the customer: (sent|pending)/);
      expect(ofCora.out).toMatch(/text by the system: failed: the callback URL answered 404/);
      expect(await asks('--why', message, '--tenant', 'globex')).toMatchObject({ code: 1, out: '' });

      status = 200;
      expect(await asks('--deliveries', 'retry', ...acme, '--entry', delivery)).toMatchObject({ code: 0 });
      await expect
        .poll(async () => (await asks('--why', message, ...acme)).out, { timeout: 60_000 })
        .toMatch(/^Loopback took this .*sent again .*; accepted by Loopback /s);
      // The homeserver does not know Anna, so her invitations failed, too: to her desk and to the conversation.
      const { out: rest } = await asks('--deliveries', 'list', ...acme);
      expect(rest).not.toContain(delivery);
      const invitations = [...rest.matchAll(/Z {2}(\S+)\n.*invite to the room: failed/g)];
      expect(invitations).toHaveLength(2);
      for (const [, invitation = ''] of invitations)
        expect(await asks('--deliveries', 'drop', ...acme, '--entry', invitation)).toMatchObject({ code: 0 });
      expect((await asks('--deliveries', 'list', ...acme)).out.trim()).toBe('No delivery is failed.');
      const none = await asks('--deliveries', 'drop', ...acme, '--entry', 'nothing');
      expect([none.code, none.err]).toEqual([1, expect.stringContaining('There is no such delivery.')]);
      expect((await asks('--quarantine', 'list', ...acme)).out.trim()).toBe('Nothing is in quarantine.');
      running.child.kill('SIGTERM');
      expect((await running.ended).code).toBe(0);
      await closed(network);
    },
  );

  it('--check says of each thing whether it works: 0 if all do, 1 if one does not', async () => {
    const good = await run('-c', 'config.yaml', '--check');
    expect(good.err).toBe('');
    const lines = good.out.trim().split('\n');
    expect(lines[0]).toBe('config.yaml: the file is well-formed.');
    const named = lines.slice(1).map((line) => line.split(': ').slice(0, 2).join(': '));
    expect(named).toEqual([
      `ok   http port: 127.0.0.1:${http} is free`,
      `ok   appservice port: 127.0.0.1:${appservice} is free`,
      `ok   store: ${inDirectory('data')} can be written`,
      'ok   secrets: nothing is encrypted yet',
      'ok   main: homeserver',
      'ok   main: as_token',
      'ok   main: bot',
      'ok   main: namespace',
      'ok   main: rate limits',
      'ok   main: devices',
      'ok   main: media',
      'ok   main: ping',
      'ok   acme: line loop',
    ]);
    expect(good.code).toBe(0);
    expect(existsSync(inDirectory('data'))).toBe(false);

    writeFileSync(
      inDirectory('registration.yaml'),
      registrationYaml({ ...registration, as_token: 'another-token-than-the-homeserver-has' }),
    );
    const bad = await run('-c', 'config.yaml', '--check');
    expect(bad.code).toBe(1);
    expect(bad.out).toMatch(/^FAIL main: as_token: .*give it our registration file/m);
    expect(bad.out + bad.err).not.toContain('another-token-than-the-homeserver-has');
  });

  it('--check beside the Switchboard that runs: checks the same, and leaves it alone', async () => {
    const running = start(['-c', 'config.yaml']);
    await ready(running);
    const { code, out, err } = await run('-c', 'config.yaml', '--check');
    expect(err).toBe('');
    expect(out).toContain(`ok   http port: Switchboard runs, and listens on 127.0.0.1:${http}`);
    expect(out).toContain('ok   main: ping');
    expect(out).toContain('ok   acme: line loop');
    expect(code).toBe(0);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(0);
  });

  it('--check says which port somebody else has', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(http, '127.0.0.1', resolve));
    const { code, out } = await run('-c', 'config.yaml', '--check');
    other.close();
    expect(out).toContain(`FAIL http port: http.port: found ${http}, which another process listens on`);
    expect(code).toBe(1);
  });

  it('runs until SIGTERM and ends with 0; a second one on the same store ends with 1', async () => {
    const running = start(['-c', 'config.yaml']);
    await ready(running);
    const elsewhere = { SWITCHBOARD__HTTP__PORT: '0' };
    const second = await start(['-c', 'config.yaml', '-p', '0'], elsewhere).ended;
    expect([second.code, second.out.includes('is ready')]).toEqual([1, false]);
    expect(second.err).toMatch(/data is in use by another process \(pid \d+/);
    expect(second.err).not.toMatch(/^\s+at /m);
    running.child.kill('SIGTERM');
    const { code, out, err } = await running.ended;
    expect([code, err]).toEqual([0, '']);
    expect(out.trim().split('\n').at(-1)).toContain('"stopped"');
  });

  it('beside a homeserver that says nothing: is ready, takes what customers write, and ends with 0', async () => {
    const heal = homeserver.faults.add({ fault: { kind: 'silence' } });
    const running = start(['-c', 'config.yaml']);
    const readiness = async (): Promise<unknown> =>
      fetch(`http://127.0.0.1:${http}/ready`).then(
        async (answer) => [answer.status, await answer.json()],
        () => undefined,
      );
    await expect
      .poll(readiness, { timeout: 60_000 })
      .toMatchObject([200, { status: 'ready', checks: { started: 'ready', homeservers: 'not ready' } }]);
    expect(await customerSays('Hello')).toBe(202);
    // It is about to decline this when it is told to end.
    homeserver.push.push({
      ...{ event_id: '$invite', room_id: '!strange:stand-in.test', sender: '@eve:stand-in.test' },
      ...{ type: 'm.room.member', state_key: `@${registration.sender_localpart}:stand-in.test` },
      ...{ origin_server_ts: 1, content: { membership: 'invite' } },
    });
    const left = (): boolean => [...homeserver.requests.keys()].some((name) => name.includes('leave'));
    await expect.poll(left, { timeout: 60_000 }).toBe(true);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
    heal();
  });

  it('-p decides the port for homeservers', async () => {
    const other = await freePort();
    const running = start(['-c', 'config.yaml', '-p', String(other)]);
    await ready(running);
    const answer = await fetch(`http://127.0.0.1:${other}/_matrix/app/v1/ping`, {
      method: 'POST',
      headers: { authorization: `Bearer ${registration.hs_token}` },
      body: '{}',
    });
    expect(answer.status).toBe(200);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(0);
  });

  it('an address or a directory that is not ours: says which setting, exit code 1', async () => {
    writeConfig({ http: { host: '192.0.2.1', port: http } });
    const foreign = await run('-c', 'config.yaml');
    expect([foreign.code, foreign.err.trim()]).toEqual([
      1,
      'config.yaml: http.host: found 192.0.2.1 (EADDRNOTAVAIL), expected an address of this machine',
    ]);
    writeFileSync(inDirectory('a-file'), '');
    writeConfig({ store: { directory: 'a-file/data' } });
    const unwritable = await run('-c', 'config.yaml');
    expect(unwritable.code).toBe(1);
    expect(unwritable.err).toMatch(
      /^config\.yaml: store\.directory: found \S+a-file\/data, where this user cannot write \(ENOTDIR\)/,
    );
    expect(unwritable.err).not.toMatch(/^\s+at /m);
  });

  it.each([
    ['http.port', (port: number) => ({ http: { port } })],
    ['appservice.port', (port: number) => ({ appservice: { port } })],
  ])(
    '%s that another process has: says so, exit code 1, and the store is free again',
    async (name, change) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      writeConfig(change(port));
      const { code, err } = await run('-c', 'config.yaml');
      await closed(other);
      expect(code).toBe(1);
      expect(err.trim()).toBe(
        `config.yaml: ${name}: found ${port}, which another process listens on, expected a free port`,
      );
      const options = { directory: inDirectory('data'), clock: systemClock, logger: silentLogger };
      await (await openNedbStore(options)).close();
    },
  );
});

async function closed(server: Server): Promise<void> {
  const gone = once(server, 'close');
  server.close();
  await gone;
}
