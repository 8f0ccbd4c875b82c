import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { sign, signatureHeader } from '../../src/channels/loopback/signature.ts';
import { generateRegistration, registrationYaml } from '../../src/matrix/registration.ts';
import { freePorts } from '../../dev/free-ports.ts';
import { startStandIn, type StandInHomeserver } from '../peers/homeserver/stand-in-homeserver.ts';

/**
 * The config file names a homeserver and a line that tenants share, and no tenant: all else comes by REST, while customers write. Two
 * tenants share the line; what is said to one the other never sees.
 */
const operatorToken = 'operator-planted-secret-77c1';
const secret = 'a-secret-of-the-shared-line';
const patient = { timeout: 120_000, interval: 50 };

let directory: string;
let homeserver: StandInHomeserver;
let child: ChildProcess;
let publicUrl: string;
let log = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-directory-'));
  const [appservicePort = 0, httpPort = 0] = await freePorts(2);
  publicUrl = `http://127.0.0.1:${httpPort}`;
  const registration = generateRegistration({
    id: 'switchboard',
    url: `http://127.0.0.1:${appservicePort}`,
    prefix: '_switchboard_',
    domain: 'stand-in.test',
  });
  homeserver = await startStandIn({
    registrations: [registration],
    serverName: 'stand-in.test',
    secondMs: 50,
  });
  const agents = ['anna', 'ben', 'gus'].map((name) => homeserver.agent(name));
  homeserver.world.listeners.add((event) => {
    const agent = agents.find(({ userId }) => userId === event.state_key);
    if (agent !== undefined && event.content['membership'] === 'invite')
      setImmediate(() => agent.join(event.room_id));
  });
  writeFileSync(join(directory, 'registration.yaml'), registrationYaml(registration));
  writeFileSync(
    join(directory, 'config.yaml'),
    stringify({
      homeservers: {
        main: { url: homeserver.url, domain: 'stand-in.test', registration: 'registration.yaml' },
      },
      appservice: { port: appservicePort },
      http: { port: httpPort, operatorToken },
      store: { directory: 'data', fsync: false },
      sharedLines: {
        number: {
          channel: 'loopback',
          name: 'The number',
          parameters: { secret },
          texts: { noneOfThese: 'Wer anders' },
        },
      },
    }),
  );
  await start();
});

afterAll(async () => {
  await stop();
  await homeserver.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  child = spawn(
    process.execPath,
    ['--disable-warning=DEP0060', program, '-c', join(directory, 'config.yaml')],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data: Buffer) => (log += data.toString()));
  await vi.waitFor(async () => {
    expect((await fetch(`${publicUrl}/ready`)).status).toBe(200);
  }, patient);
}

async function stop(): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function ask(method: string, path: string, input?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${publicUrl}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json', ...headers },
    ...(input === undefined ? {} : { body: JSON.stringify(input) }),
  });
  const text = await answer.text();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: answer.status, body, etag: answer.headers.get('etag') };
}

interface SharedLine {
  readonly line: string;
  readonly secret: string;
}
const ofFile: SharedLine = { line: 'number', secret };

async function signed(on: SharedLine, method: string, path: string, body = ''): Promise<Response> {
  const target = `/channels/loopback/shared/${on.line}${path}`;
  const answer = await fetch(`${publicUrl}${target}`, {
    method,
    headers: { 'content-type': 'application/json', [signatureHeader]: sign(on.secret, method, target, body) },
    ...(body === '' ? {} : { body }),
  });
  return answer;
}

interface Shown {
  readonly type: string;
  readonly text?: string;
  readonly options?: readonly { readonly id: string; readonly label: string }[];
}

function customer(from: string, on = ofFile) {
  const post = async (content: object): Promise<void> => {
    const answer = await signed(
      on,
      'POST',
      '/messages',
      JSON.stringify({ id: randomUUID(), from, ...content }),
    );
    expect(answer.status).toBe(202);
  };
  const saw = async (): Promise<readonly Shown[]> => {
    const answer = await signed(on, 'GET', `/messages?address=${from}`);
    return ((await answer.json()) as { messages: Shown[] }).messages;
  };
  return {
    says: async (text: string) => post({ type: 'text', text }),
    picks: async (option: string, label: string) => post({ type: 'chosen', option, label }),
    saw,
    async sees(text: string): Promise<Shown> {
      await expect.poll(async () => (await saw()).map((shown) => shown.text), patient).toContain(text);
      const [found] = (await saw()).filter((shown) => shown.text === text);
      return found!;
    },
  };
}

/** In which room it stands; the tenant's agent is in it. */
async function roomWith(text: string, agent: string): Promise<string> {
  const event = await homeserver.waitFor(({ content }) => content['body'] === text, 120_000);
  const { userId } = homeserver.agent(agent);
  await expect
    .poll(() => homeserver.world.rooms.get(event.room_id)?.membership(userId), patient)
    .toBe('join');
  return event.room_id;
}

function textsIn(room: string): unknown[] {
  return homeserver
    .events(room)
    .flatMap(({ type, content }) => (type === 'm.room.message' ? [content['body']] : []));
}

const user = (name: string): string => homeserver.agent(name).userId;
const which = 'Whom would you like to write to?';
const whom = 'Whom would you like to write to? Please send their name, number or web address.';

describe('an installation without tenants in its config file', () => {
  test('gets them by REST, live', async () => {
    expect((await ask('GET', '/tenants')).body).toEqual({ tenants: [] });
    for (const [tenant, name, agent] of [
      ['acme', 'Acme', 'anna'],
      ['globex', 'Globex', 'gus'],
    ] as const) {
      expect((await ask('PUT', `/tenants/${tenant}`, { name, homeserver: 'nowhere' })).status).toBe(422);
      expect((await ask('PUT', `/tenants/${tenant}`, { name, homeserver: 'main' })).status).toBe(201);
      const added = await ask('PUT', `/tenants/${tenant}/agents/${agent}`, {
        user: user(agent),
        name: agent,
      });
      expect(added).toMatchObject({ status: 201, body: { id: agent, source: 'rest', capacity: 4 } });
      const queue = { friendlyName: 'Support', agents: [agent] };
      const made = await ask('POST', `/tenants/${tenant}/queues`, { ...queue, id: 'support' });
      expect(made).toMatchObject({
        status: 201,
        body: { id: 'support', friendlyName: 'Support', maxSize: 1000 },
      });
      const use = `/tenants/${tenant}/shared-lines/number`;
      expect((await ask('PUT', use, { queue: 'sales' })).status).toBe(422);
      expect((await ask('PUT', use, { queue: 'support' })).status).toBe(201);
      const identifier = { identifier: `help@${tenant}.example` };
      expect((await ask('POST', `/tenants/${tenant}/identifiers`, identifier)).status).toBe(201);
      expect((await ask('POST', `/tenants/${tenant}/identifiers`, { identifier: 'Help' })).status).toBe(201);
    }
    expect((await ask('GET', '/directory/resolve?identifier=Help%40ACME.example')).body).toMatchObject({
      outcome: 'hit',
      owners: [{ tenant: 'acme' }],
    });
    expect((await ask('GET', '/directory/resolve?identifier=help')).body).toMatchObject({
      outcome: 'ambiguous',
      owners: [{ tenant: 'acme' }, { tenant: 'globex' }],
    });
    expect((await ask('GET', '/tenants/acme/queues/support')).body).toMatchObject({
      currentSize: 0,
      agents: { eligible: 1, available: 1 },
      settings: { agents: ['anna'] },
    });
    for (const kind of ['services', 'texts', 'identifiers', 'shared-lines'])
      expect((await ask('GET', `/tenants/acme/${kind}`)).status).toBe(200);
    expect((await ask('GET', '/tenants')).body['tenants']).toHaveLength(2);
    expect((await ask('PUT', '/tenants/shared', { name: 'Shared', homeserver: 'main' })).status).toBe(422);
  });

  test('queues in Twilio’s words: an id is made, what is named changes, an empty one can go', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const made = await ask('POST', '/tenants/acme/queues', { friendlyName: 'Sales', maxSize: 5 }, key);
    expect(made.body['id']).toMatch(/^qu-[0-9a-f]{24}$/);
    expect(await ask('POST', '/tenants/acme/queues', { friendlyName: 'Sales', maxSize: 5 }, key)).toEqual(
      made,
    );
    const path = `/tenants/acme/queues/${String(made.body['id'])}`;
    expect((await ask('POST', path, { maxSize: 5001 })).status).toBe(422);
    expect((await ask('POST', path, { friendlyName: 'x'.repeat(65) })).body['errors']).toMatchObject([
      { path: 'friendlyName' },
    ]);
    expect((await ask('POST', path, { maxSize: 6 }, { 'if-match': '"other"' })).status).toBe(412);
    const changed = await ask('POST', path, { maxSize: 6 }, { 'if-match': made.etag ?? '' });
    expect(changed).toMatchObject({ status: 200, body: { friendlyName: 'Sales', maxSize: 6 } });
    expect((await ask('DELETE', '/tenants/acme/queues/support')).body['detail']).toContain(
      'shared-lines/number',
    );
    expect((await ask('DELETE', path)).status).toBe(204);
    expect((await ask('GET', path)).status).toBe(404);
  });
});

describe('a line that tenants share', () => {
  test('whoever names a tenant reaches it, and the tenant sees what was written', async () => {
    const carol = customer('carol');
    await carol.says('Hello, this is for help@acme.example: where is my order?');
    const room = await roomWith('Hello, this is for help@acme.example: where is my order?', 'anna');
    await carol.says('It has the number 5');
    homeserver.agent('anna').send(room, 'It is on its way');
    await carol.sees('It is on its way');
    expect(textsIn(room)).toContain('It has the number 5');
    expect(homeserver.world.rooms.get(room)?.membership(user('gus'))).toBeUndefined();
  });

  test('a name that two tenants have is asked about; the first words are kept for the one who is meant', async () => {
    const dora = customer('dora');
    await dora.says('help');
    const question = await dora.sees(which);
    expect(question.options?.map(({ label }) => label)).toEqual(['Acme', 'Globex', 'Wer anders']);
    await dora.says('I wait');
    await dora.says('2');
    const room = await roomWith('I wait', 'gus');
    expect(textsIn(room).slice(0, 2)).toEqual(['help', 'I wait']);
    expect(homeserver.world.rooms.get(room)?.membership(user('anna'))).toBeUndefined();
  });

  test('who is unknown is asked, parked, seen by the operator, and never lost, restarts included', async () => {
    const eve = customer('eve');
    await eve.says('My parcel is broken');
    await eve.sees(whom);
    await eve.says('Is anybody there?');
    const parked = async () =>
      (await ask('GET', '/parked')).body['parked'] as { id: string; messages: number }[];
    await expect.poll(async () => (await parked())[0]?.messages, patient).toBe(2);
    const metrics = await (await fetch(`${publicUrl}/metrics`)).text();
    expect(metrics).toContain('switchboard_parked 1');
    await stop();
    await start();
    const [found] = await parked();
    expect((await ask('GET', `/parked/${found!.id}`)).body).toMatchObject({
      line: 'number',
      address: 'eve',
      said: [{ text: 'My parcel is broken' }, { text: 'Is anybody there?' }],
    });
    expect((await ask('POST', `/parked/${found!.id}/assign`, { tenant: 'nobody' })).status).toBe(409);
    expect((await ask('POST', '/parked/none/assign', { tenant: 'acme' })).status).toBe(404);
    expect((await ask('POST', `/parked/${found!.id}/assign`, { tenant: 'acme' })).status).toBe(202);
    const room = await roomWith('My parcel is broken', 'anna');
    await expect.poll(() => textsIn(room), patient).toContain('Is anybody there?');
    expect(await parked()).toEqual([]);
  });

  test('a customer may go over to the other tenant, in a room and as a ghost of its own', async () => {
    const carol = customer('carol');
    await carol.says('Globex');
    const question = await carol.sees('Would you like to write to Globex from now on?');
    await carol.says('No');
    const acmes = await roomWith('Globex', 'anna');
    await carol.says('globex');
    await expect
      .poll(async () => (await carol.saw()).filter(({ text }) => text === question.text).length, patient)
      .toBe(2);
    await carol.picks('globex', 'Yes');
    const globexs = await roomWith('globex', 'gus');
    await carol.says('Only for Globex');
    await expect.poll(() => textsIn(globexs), patient).toContain('Only for Globex');
    expect(globexs).not.toBe(acmes);
    expect(textsIn(acmes)).not.toContain('Only for Globex');
    const ghosts = [acmes, globexs].map(
      (room) =>
        homeserver.events(room).find(({ content }) => /^globex$/i.test(String(content['body'])))?.sender,
    );
    expect(ghosts.map((ghost) => ghost?.split('_')[2])).toEqual(['acme', 'globex']);
    homeserver.agent('gus').send(globexs, 'Welcome at Globex');
    await carol.sees('Welcome at Globex');
  });
});

describe('a line that tenants share, added by REST', () => {
  test('is theirs at once, asks in words of its own, and stays while they share it', async () => {
    const second = 'a-secret-of-the-second-line';
    const line = {
      channel: 'loopback',
      parameters: { secret: second },
      texts: { askWhom: 'Wem schreiben Sie?' },
    };
    expect((await ask('PUT', '/shared-lines/second', { ...line, queue: 'support' })).status).toBe(422);
    const made = await ask('PUT', '/shared-lines/second', line);
    expect(made).toMatchObject({
      status: 201,
      body: { id: 'second', name: 'Customer service', parameters: { secret: '[set]' }, sharedBy: [] },
    });
    expect(made.body).not.toHaveProperty('queue');
    expect((await ask('PUT', '/shared-lines/number', line)).status).toBe(409);
    const { body } = await ask('GET', '/shared-lines');
    expect((body['lines'] as { id: string; source: string }[]).map(({ id, source }) => [id, source])).toEqual(
      [
        ['number', 'file'],
        ['second', 'rest'],
      ],
    );
    const use = '/tenants/globex/shared-lines/second';
    expect((await ask('PUT', use, { queue: 'support' })).status).toBe(201);
    expect((await ask('DELETE', '/shared-lines/second')).body['detail']).toContain('shared by globex');
    const hal = customer('hal', { line: 'second', secret: second });
    await hal.says('Is this the second line?');
    await hal.sees('Wem schreiben Sie?');
    await hal.says('help@globex.example');
    await roomWith('Is this the second line?', 'gus');
    expect((await ask('DELETE', use)).status).toBe(204);
    expect((await ask('DELETE', '/shared-lines/second')).status).toBe(204);
    expect((await ask('GET', '/shared-lines/second')).status).toBe(404);
    expect((await ask('PUT', '/tenants/shared/lines/second', line)).status).toBe(409);
  });
});

describe('an agent who goes', () => {
  test('leaves their session to the queue, for the next one', async () => {
    const fay = customer('fay');
    await fay.says('Acme');
    const room = await roomWith('Acme', 'anna');
    expect((await ask('DELETE', '/tenants/acme/agents/anna')).body['detail']).toContain('queues/support');
    const ben = { user: user('ben'), name: 'Ben' };
    expect((await ask('PUT', '/tenants/acme/agents/ben', ben)).status).toBe(201);
    const settings = { friendlyName: 'Support', agents: ['ben'] };
    expect((await ask('PUT', '/tenants/acme/queues/support', settings)).status).toBe(200);
    expect((await ask('DELETE', '/tenants/acme/agents/anna')).status).toBe(204);
    const members = () => homeserver.world.rooms.get(room);
    await expect.poll(() => members()?.membership(user('ben')), patient).toBe('join');
    await expect.poll(() => members()?.membership(user('anna')), patient).toBe('leave');
    homeserver.agent('ben').send(room, 'Ben is here');
    await fay.sees('Ben is here');
    expect(log).not.toContain('Ben is here');
  });
});
