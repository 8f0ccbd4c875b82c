import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { generateRegistration, registrationYaml } from '../../src/matrix/registration.ts';
import { makeSecretKey } from '../../src/secrets/secret-key.ts';
import { freePorts } from '../../dev/free-ports.ts';
import { startStandIn, type StandInHomeserver } from '../peers/homeserver/stand-in-homeserver.ts';
import { startTwilio, type Twilio } from '../peers/twilio/twilio.ts';

/** An operator adds an SMS line by REST, rotates its token and the key of the store, and none of it needs a restart. */

const operatorToken = 'operator-planted-secret-77c1';
const firstToken = 'first-auth-token-planted-90ab';
const secondToken = 'second-auth-token-planted-52fd';
const planted = {
  operatorToken,
  firstToken,
  secondToken,
  asToken: 'as-token-planted-secret-1f0e',
  hsToken: 'hs-token-planted-secret-2e1d',
  linkSecret: 'link-planted-secret-long-enough-3d2c',
  webSecret: 'web-chat-planted-secret-4c3b',
  applicationSecret: `whsec_${Buffer.from('planted-secret-that-signs').toString('base64').replaceAll('=', '')}`,
  chooserSecret: 'chooser-planted-secret-8b7a',
  headerSecret: 'Bearer look-up-planted-secret-6d5c',
};
const accountSid = 'AC0123456789abcdef0123456789abcdef';
const [ours, theirs] = ['+15551110002', '+15552220001'];
const patient = { timeout: 120_000, interval: 50 };

let directory: string;
let homeserver: StandInHomeserver;
let child: ChildProcess;
let log = '';
let publicUrl: string;
let phones: Twilio;
let answers: { room: string };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-lines-'));
  const [appservicePort = 0, httpPort = 0] = await freePorts(2);
  publicUrl = `http://127.0.0.1:${httpPort}`;
  const registration = generateRegistration({
    id: 'switchboard',
    url: `http://127.0.0.1:${appservicePort}`,
    prefix: '_switchboard_',
    domain: 'stand-in.test',
    tokens: { asToken: planted.asToken, hsToken: planted.hsToken },
  });
  homeserver = await startStandIn({
    registrations: [registration],
    serverName: 'stand-in.test',
    secondMs: 50,
  });
  const anna = homeserver.agent('anna');
  homeserver.world.listeners.add((event) => {
    if (event.state_key === anna.userId && event.content['membership'] === 'invite')
      setImmediate(() => anna.join(event.room_id));
  });
  writeFileSync(join(directory, 'registration.yaml'), registrationYaml(registration));
  writeConfig([]);
  phones = await twilioWith(firstToken);
  await start();

  function writeConfig(keys: object[]): void {
    const line = { channel: 'web', queue: 'support', parameters: { secret: planted.webSecret } };
    const tenant = {
      homeserver: 'main',
      agents: { anna: { user: anna.userId, name: 'Anna', capacity: 1000 } },
      queues: { support: { name: 'Support', agents: ['anna'] } },
    };
    config = {
      homeservers: {
        main: { url: homeserver.url, domain: 'stand-in.test', registration: 'registration.yaml' },
      },
      appservice: { port: appservicePort },
      http: { port: httpPort, operatorToken },
      media: { linkSecret: planted.linkSecret },
      store: { directory: 'data', fsync: false },
      secrets: { keys },
      tenants: {
        acme: { name: 'Acme', ...tenant, lines: { chat: line } },
        globex: { name: 'Globex', ...tenant },
      },
    };
    writeFileSync(join(directory, 'config.yaml'), stringify(config));
  }
});
let config: Record<string, unknown>;

afterAll(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await Promise.all([homeserver.stop(), phones.close()]);
  rmSync(directory, { recursive: true, force: true });
});

function twilioWith(authToken: string): Promise<Twilio> {
  return startTwilio({ accountSid, authToken, webhookUrl: `${publicUrl}/channels/sms/acme/text` });
}

async function start(): Promise<void> {
  child = main('-c', join(directory, 'config.yaml'));
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (log += data.toString()));
  await vi.waitFor(async () => {
    expect((await fetch(`${publicUrl}/ready`)).status).toBe(200);
  }, patient);
}

function main(...options: string[]): ChildProcess {
  const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  return spawn(process.execPath, ['--disable-warning=DEP0060', program, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function command(...options: string[]): Promise<string> {
  const started = main('-c', join(directory, 'config.yaml'), ...options);
  let said = '';
  for (const stream of [started.stdout, started.stderr])
    stream?.on('data', (data: Buffer) => (said += data.toString()));
  const [code] = (await once(started, 'close')) as [number | null];
  return `${said}exit ${String(code)}`;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly text: string;
  readonly etag: string | null;
}

const seen: string[] = [];
async function ask(
  method: string,
  path: string,
  input?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${publicUrl}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json', ...headers },
    ...(input === undefined ? {} : { body: JSON.stringify(input) }),
  });
  const text = await answer.text();
  seen.push(text);
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: answer.status, body, text, etag: answer.headers.get('etag') };
}

const line = '/tenants/acme/lines/text';
const sms = (authToken: string, more: object = {}): object => ({
  channel: 'sms',
  queue: 'support',
  parameters: { accountSid, authToken, from: ours, apiBaseUrl: phones.baseUrl, ...more },
});

async function roomWith(text: string): Promise<string> {
  const event = await homeserver.waitFor(({ content }) => content['body'] === text, 120_000);
  const { userId } = homeserver.agent('anna');
  await expect
    .poll(() => homeserver.world.rooms.get(event.room_id)?.membership(userId) === 'join', patient)
    .toBe(true);
  return event.room_id;
}

async function bothWays(about: string): Promise<void> {
  const { status } = await phones.customerSends({ from: theirs, to: ours, body: `in ${about}` });
  expect(status).toBe(200);
  answers = { room: await roomWith(`in ${about}`) };
  homeserver.agent('anna').send(answers.room, `out ${about}`);
  await expect.poll(() => phones.sent().map(({ body }) => body), patient).toContain(`out ${about}`);
}

describe('a line by REST', () => {
  test('that is wrong is refused, with each field named as in the config file, and nothing quoted', async () => {
    const wrong = await ask('PUT', line, {
      ...sms('x'),
      queue: 'sales',
      parameters: { accountSid: firstToken, authToken: '' },
    });
    expect(wrong.status).toBe(422);
    const paths = (wrong.body['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(['queue', 'parameters.accountSid', 'parameters.authToken', 'parameters.from']);
    expect((await ask('PUT', line, { channel: 'fax', queue: 'support' })).text).toContain('one of loopback');
    expect((await ask('PUT', line, { ...sms('x'), colour: 'red' })).text).toContain('colour');
    expect((await ask('PUT', line, sms('[set]'))).text).toContain('parameters.authToken');
    expect((await ask('PUT', '/tenants/acme/lines/UPPER', sms('x'))).status).toBe(422);
    expect((await ask('PUT', line, 'text', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await ask('PUT', '/tenants/nobody/lines/text', sms('x'))).status).toBe(404);
    expect((await ask('PUT', line, sms('x'), { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await ask('GET', line)).status).toBe(404);
    expect((await ask('DELETE', line)).status).toBe(404);
  });

  test('is connected when the answer comes; its secret goes in and never comes out', async () => {
    const made = await ask('PUT', line, sms(firstToken), { 'if-none-match': '*' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        id: 'text',
        source: 'rest',
        channel: 'sms',
        name: 'Acme',
        parameters: { accountSid, authToken: '[set]', from: ours },
        secrets: [{ path: 'authToken' }],
        state: { state: 'connected' },
        url: `${publicUrl}/channels/sms/acme/text`,
      },
    });
    expect((await ask('GET', line)).body).toEqual(made.body);
    expect((await ask('POST', `${line}/verify`)).body).toEqual({ outcome: 'ok', problems: [] });
    await bothWays('with the first token');
    expect((await ask('PUT', line, sms(firstToken), { 'if-none-match': '*' })).status).toBe(412);
    expect((await ask('PUT', line, sms(firstToken), { 'if-match': '"another"' })).status).toBe(412);
  });

  test('of the config file is shown with the others, and changed there only', async () => {
    const { body } = await ask('GET', '/tenants/acme/lines');
    const lines = body['lines'] as { id: string; source: string; parameters: object }[];
    expect(lines.map(({ id, source }) => `${id} ${source}`)).toEqual(['chat file', 'text rest']);
    expect(lines[0]?.parameters).toMatchObject({ secret: '[set]' });
    for (const method of ['PUT', 'DELETE'])
      expect((await ask(method, '/tenants/acme/lines/chat', sms('x'))).status).toBe(409);
    expect((await ask('GET', '/tenants/globex/lines')).body).toEqual({ lines: [] });
    expect((await ask('GET', '/tenants/globex/lines/text')).status).toBe(404);
  });

  test('with a wrong token says so when it is verified, and goes on with the right one, without a restart', async () => {
    const before = await ask('GET', line);
    // The provider's other token: what the customer writes is signed with it from now on.
    await phones.close();
    phones = await twilioWith(secondToken);
    const moved = await ask('PUT', line, sms(firstToken), { 'if-match': before.etag ?? '' });
    expect(moved.status).toBe(200);
    expect(moved.body['secrets']).toEqual(before.body['secrets']);
    const refused = await ask('POST', `${line}/verify`);
    expect(refused.body).toMatchObject({ outcome: 'refused', problems: [expect.any(String)] });
    homeserver.agent('anna').send(answers.room, 'out while the token was wrong');
    await expect.poll(() => log, patient).toContain('"state":"unauthorised"');

    const rotated = await ask('PUT', line, sms(secondToken));
    expect(rotated.body['secrets']).not.toEqual(before.body['secrets']);
    expect(rotated.body['formerSecretsUntil']).toEqual(expect.any(String));
    expect((await ask('POST', `${line}/verify`)).body).toMatchObject({ outcome: 'ok' });
    await expect
      .poll(() => phones.sent().map(({ body }) => body), patient)
      .toContain('out while the token was wrong');
    await bothWays('with the second token');
    expect(phones.sent().filter(({ body }) => body === 'out while the token was wrong')).toHaveLength(1);
  });

  test('keeps a secret that is given back as it was shown', async () => {
    const shown = await ask('GET', line);
    const { channel, queue, parameters } = shown.body;
    const named = await ask('PUT', line, { channel, queue, parameters, name: 'Acme by SMS' });
    expect(named).toMatchObject({ status: 200, body: { name: 'Acme by SMS' } });
    expect(named.body['secrets']).toEqual(shown.body['secrets']);
    await bothWays('under another name');
  });

  test('takes what was signed with the former token until the time is over', async () => {
    const late = await startTwilio({
      accountSid,
      authToken: firstToken,
      webhookUrl: `${publicUrl}/channels/sms/acme/text`,
    });
    try {
      expect(await late.customerSends({ from: theirs, to: ours, body: 'signed before' })).toMatchObject({
        status: 200,
      });
      await roomWith('signed before');
      await ask('PUT', line, { ...sms(firstToken), graceSeconds: 0 });
      await ask('PUT', line, { ...sms(secondToken), graceSeconds: 0 });
      expect(await late.customerSends({ from: theirs, to: ours, body: 'too late' })).toMatchObject({
        status: 403,
      });
    } finally {
      await late.close();
    }
  });

  test('works after a restart', async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await start();
    await bothWays('after the restart');
  });

  test('is sealed anew with a new key, while it works', async () => {
    const made = (await ask('GET', '/secrets')).body['keys'] as { id: string }[];
    expect(made).toEqual([{ id: expect.stringMatching(/^made-/) as string, use: 'encrypts', texts: 1 }]);
    writeFileSync(join(directory, 'key-2'), makeSecretKey());
    const keys = [{ id: 'second', file: 'key-2' }];
    writeFileSync(join(directory, 'config.yaml'), stringify({ ...config, secrets: { keys } }));
    const said = await command('--secrets', 'rotate');
    expect(said).toContain('second: encrypts, 1 secret');
    expect(said).toContain(`${made[0]?.id ?? ''}: may be removed`);
    expect(said).toContain('exit 0');
    expect(await command('--secrets', 'rotate')).toContain('0 records');
    rmSync(join(directory, 'data', 'secrets-key'));
    await ask('PUT', line, sms(secondToken));
    await bothWays('with the second key');
  });

  test('begins with an application, a chooser and a look-up of the tenant that came by REST, secrets and all', async () => {
    const { applicationSecret, chooserSecret, headerSecret } = planted;
    const put = async (path: string, input: object) => ask('PUT', `/tenants/acme/${path}`, input);
    const url = 'https://127.0.0.1:1/who';
    const steps = [
      { name: 'who', do: 'lookUp', url, headers: { authorization: headerSecret }, keep: { tier: 'tier' } },
    ];
    const chooser = { url: 'https://127.0.0.1:1/choose', secret: chooserSecret };
    const queue = { friendlyName: 'Chosen', order: 'external', chooser, agents: ['anna'] };
    expect(await put('queues/chosen', queue)).toMatchObject({
      status: 201,
      body: { settings: { chooser: { ...chooser, secret: '[set]' } } },
    });
    expect(await put('applications/ivr', { url, secret: applicationSecret })).toMatchObject({
      status: 201,
      body: { id: 'ivr', url, secret: '[set]', source: 'rest' },
    });
    expect(await put('services/welcome', { kind: 'dialog', steps, queue: 'chosen' })).toMatchObject({
      status: 201,
      body: { steps: [{ headers: { authorization: '[set]' } }] },
    });
    const [ivr, one] = ['/tenants/acme/applications/ivr', '/tenants/acme/services/front'];
    expect((await ask('PUT', one, { kind: 'application', application: 'ivr' })).status).toBe(201);
    expect((await ask('DELETE', ivr)).body['detail']).toContain('services/front (application)');
    expect((await ask('DELETE', one)).status).toBe(204);
    expect((await ask('GET', ivr)).body).toMatchObject({ secret: '[set]', timeoutSeconds: 5 });
    expect((await ask('GET', '/secrets')).body['keys']).toContainEqual(
      expect.objectContaining({ id: 'second', texts: 4 }),
    );
    await ask('PUT', line, { ...sms(secondToken), service: 'welcome' });
    await phones.customerSends({ from: '+15552220009', to: ours, body: 'Who am I?' });
    const room = await roomWith('Who am I?');
    await expect
      .poll(() => homeserver.events(room).map(({ content }) => String(content['body'])), patient)
      .toContainEqual(expect.stringContaining('what it asked for could not be had'));
    await ask('PUT', line, sms(secondToken));
  });

  test('no secret is in the store, the log or an answer', async () => {
    // Not `exit`: its last lines may still be on their way then.
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
    const files = readdirSync(join(directory, 'data'), { recursive: true, encoding: 'utf8' })
      .map((name) => join(directory, 'data', name))
      .filter((name) => statSync(name).isFile());
    const bytes = files.map((name) => readFileSync(name, 'latin1')).join('\n');
    // The scan would find nothing in an empty store.
    expect(bytes).toContain('with the second key');
    expect(bytes).toContain('sealed:1:second:');
    for (const [name, secret] of Object.entries(planted))
      for (const [where, text] of Object.entries({ bytes, log, answers: seen.join('\n') }))
        expect([name, where, forms(secret).filter((form) => text.includes(form))]).toEqual([name, where, []]);
    expect(log).toContain('an operator added a line');
  });

  test('is gone when it is removed; the key that is missing is named', async () => {
    writeFileSync(join(directory, 'config.yaml'), stringify(config));
    expect(await command('--check')).toMatch(/FAIL secrets: .*second.*secrets\.keys/);
    await start();
    expect((await ask('GET', line)).body).toMatchObject({
      state: { state: 'unusable', reason: expect.stringContaining('the key second is not') as string },
    });
    expect((await ask('GET', '/secrets')).body['keys']).toContainEqual({
      id: 'second',
      use: 'missing',
      texts: 4,
    });
    expect((await ask('PUT', line, sms(secondToken))).body).toMatchObject({ state: { state: 'connected' } });
    await bothWays('with its secrets given anew');
    expect((await ask('DELETE', line, undefined, { 'if-match': '"another"' })).status).toBe(412);
    expect((await ask('GET', '/tenants/acme/agents/anna')).body).toMatchObject({
      sessions: [expect.any(String), expect.any(String)],
    });
    expect((await ask('DELETE', line)).status).toBe(204);
    await homeserver.waitFor(
      ({ content }) => String(content['body']).startsWith('Session closed by an operator'),
      120_000,
    );
    await expect
      .poll(async () => (await ask('GET', '/tenants/acme/agents/anna')).body, patient)
      .toMatchObject({ sessions: [] });
    expect((await ask('GET', line)).status).toBe(404);
    const { status } = await phones.customerSends({ from: theirs, to: ours, body: 'anybody there?' });
    expect(status).toBe(404);
    // What it sent stays counted; a state it has no longer.
    const metrics = await fetch(`${publicUrl}/metrics`).then(async (all) => all.text());
    expect(metrics).not.toMatch(/switchboard_line_state\{.*line="text"/);
  });
});

/** As it is, and in base64 wherever it stands. */
function forms(secret: string): string[] {
  const encoded = [0, 1, 2].map((shift) =>
    Buffer.from(`${'-'.repeat(shift)}${secret}`)
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, ...encoded];
}
