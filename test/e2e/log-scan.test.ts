import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { inboxEntries, seenEntries } from '../../src/delivery/collections.ts';
import { generateRegistration, registrationYaml } from '../../src/matrix/registration.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as, type ConversationId, type InboxEntryId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import { put, type Store } from '../../src/store/store.ts';
import { freePorts } from '../../dev/free-ports.ts';
import { startPeerServer, type PeerServer } from '../chaos/peer-server.ts';
import { startStandIn, type StandInHomeserver } from '../peers/homeserver/stand-in-homeserver.ts';
import { startTwilio, type Twilio } from '../peers/twilio/twilio.ts';

/** A whole Switchboard at level info: what people said, where they can be reached and what opens doors is nowhere in what it writes or refuses. */

const registration = (port: number) =>
  generateRegistration({
    id: 'switchboard',
    url: `http://127.0.0.1:${port}`,
    prefix: '_switchboard_',
    domain: 'stand-in.test',
    tokens: { asToken: 'as-token-planted-secret-9f2c', hsToken: 'hs-token-planted-secret-71aa' },
  });

const secrets = {
  asToken: 'as-token-planted-secret-9f2c',
  hsToken: 'hs-token-planted-secret-71aa',
  authToken: 'auth-token-planted-secret-33bd',
  apiKeySecret: 'api-key-planted-secret-5e01',
  loopback: 'loopback-planted-secret-c4d8',
  link: 'link-planted-secret-long-enough-88e7',
  metrics: 'metrics-planted-secret-0b6f',
  operator: 'operator-planted-secret-e21d',
  wrong: 'presented-but-wrong-secret-44ab',
};
const numbers = {
  sms: '+15552220001',
  ours: '+15551110002',
  loopback: '+15553330003',
  unsigned: '+15554440004',
  poison: '+15555550005',
};
const words = {
  fromSms: 'inbound-text-apricot',
  toSms: 'outbound-text-bergamot',
  fromLoopback: 'inbound-text-cardamom',
  toLoopback: 'outbound-text-damson',
  unsigned: 'unsigned-text-elderberry',
  malformed: 'malformed-text-fennel',
  refused: 'refused-text-gooseberry',
  unclear: 'unclear-text-hazelnut',
  whileDown: 'network-error-text-juniper',
  poison: 'poison-text-kumquat',
  file: 'file-name-lavender',
  noEvent: 'no-event-text-medlar',
  note: 'note-text-nectarine',
};
const accountSid = 'AC0123456789abcdef0123456789abcdef';
const apiKeySid = 'SK0123456789abcdef0123456789abcdef';

let directory: string;
let homeserver: StandInHomeserver;
let phones: Twilio;
let program: PeerServer;
let child: ChildProcess | undefined;
let log = '';
let publicUrl: string;
let appserviceUrl: string;
const shown: Record<string, unknown>[] = [];
const refusals: string[] = [];
let programAnswers = 200;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-log-scan-'));
  const [appservicePort = 0, httpPort = 0] = await freePorts(2);
  publicUrl = `http://127.0.0.1:${httpPort}`;
  appserviceUrl = `http://127.0.0.1:${appservicePort}`;
  const ours = registration(appservicePort);
  homeserver = await startStandIn({ registrations: [ours], serverName: 'stand-in.test', secondMs: 50 });
  phones = await startTwilio({
    accountSid,
    authToken: secrets.authToken,
    apiKey: { sid: apiKeySid, secret: secrets.apiKeySecret },
    webhookUrl: `${publicUrl}/channels/sms/acme/text`,
  });
  program = await startPeerServer((_request, body, response) => {
    if (programAnswers === 200) shown.push(body as Record<string, unknown>);
    if (programAnswers === 0) response.destroy();
    else response.writeHead(programAnswers).end();
  });
  const anna = homeserver.agent('anna');
  homeserver.world.listeners.add((event) => {
    if (event.state_key === anna.userId && event.content['membership'] === 'invite')
      setImmediate(() => anna.join(event.room_id));
  });
  writeFileSync(join(directory, 'registration.yaml'), registrationYaml(ours));
  writeFileSync(join(directory, 'config.yaml'), stringify(config(appservicePort, httpPort, anna.userId)));
  await seedPoison();
});

afterAll(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await Promise.all([homeserver.stop(), phones.close(), program.close()]);
  rmSync(directory, { recursive: true, force: true });
});

function config(appservicePort: number, httpPort: number, user: string): object {
  return {
    homeservers: {
      main: { url: homeserver.url, domain: 'stand-in.test', registration: 'registration.yaml' },
    },
    appservice: { port: appservicePort },
    http: { port: httpPort, metricsToken: secrets.metrics, operatorToken: secrets.operator },
    store: { directory: 'data', fsync: false },
    media: { linkSecret: secrets.link },
    tenants: {
      acme: {
        name: 'Acme',
        homeserver: 'main',
        agents: { anna: { user, name: 'Anna', capacity: 1000 } },
        queues: { support: { name: 'Support', agents: ['anna'] } },
        lines: {
          text: {
            channel: 'sms',
            queue: 'support',
            parameters: {
              accountSid,
              authToken: secrets.authToken,
              apiKeySid,
              apiKeySecret: secrets.apiKeySecret,
              from: numbers.ours,
              apiBaseUrl: phones.baseUrl,
              mediaOrigins: [phones.mediaOrigin],
            },
          },
          loop: {
            channel: 'loopback',
            queue: 'support',
            parameters: { secret: secrets.loopback, callbackUrl: `${program.url}/shown` },
          },
        },
      },
    },
  };
}

async function openStore(): Promise<Store> {
  const at = join(directory, 'data');
  return openNedbStore({ directory: at, fsync: false, clock: systemClock, logger: silentLogger });
}

/** What an earlier run accepted for a line that is no longer declared: no decision about it can succeed. */
async function seedPoison(): Promise<void> {
  const store = await openStore();
  const from = { id: numbers.poison };
  const message = { content: { kind: 'text', text: words.poison } };
  await store.commit(as('acme'), [
    put(
      inboxEntries,
      'ch:gone:message:1',
      {
        id: as<InboxEntryId>('ch:gone:message:1'),
        key: as<ConversationId>('poisoned'),
        event: { type: 'channel', line: 'gone', event: { kind: 'message', id: '1', from, at: 1, message } },
        sequence: 1,
        acceptedAt: Date.now(),
      },
      'absent',
    ),
  ]);
  await store.close();
}

async function start(): Promise<ChildProcess> {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const started = spawn(
    process.execPath,
    ['--disable-proto=delete', '--disable-warning=DEP0060', main, '-c', join(directory, 'config.yaml')],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  child = started;
  for (const stream of [started.stdout, started.stderr])
    stream.on('data', (data: Buffer) => (log += data.toString()));
  await expect
    .poll(async () => (await fetch(`${publicUrl}/ready`).catch(() => undefined))?.status, {
      timeout: 120_000,
    })
    .toBe(200);
  return started;
}

/** Keeps the whole answer, heads too, of what was refused. */
async function refused(url: string, init: RequestInit, status: number): Promise<void> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  refusals.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${text}`);
  expect([url, answer.status]).toEqual([url, status]);
}

async function loopbackSays(body: object | string, secret = secrets.loopback): Promise<Response> {
  const target = '/channels/loopback/acme/loop/messages';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = createHmac('sha256', secret).update(`POST\n${target}\n`).update(text).digest('hex');
  return fetch(`${publicUrl}${target}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-loopback-signature': signature },
    body: text,
  });
}

async function roomWith(text: string): Promise<string> {
  const event = await homeserver.waitFor(({ content }) => content['body'] === text, 120_000);
  const anna = homeserver.agent('anna').userId;
  const isIn = (): boolean => homeserver.world.rooms.get(event.room_id)?.membership(anna) === 'join';
  await expect.poll(isIn, { timeout: 120_000 }).toBe(true);
  return event.room_id;
}

const patient = { timeout: 120_000, interval: 50 };

function sms(text: string): string[] {
  return phones
    .sent()
    .filter(({ body }) => body.includes(text))
    .map(({ sid }) => sid);
}

async function failureShown(room: string, pattern: RegExp, times = 1): Promise<void> {
  await expect
    .poll(
      () => homeserver.events(room).filter(({ content }) => pattern.test(String(content['body']))).length,
      patient,
    )
    .toBeGreaterThanOrEqual(times);
}

test('no text, number or secret is in the log, in what is refused, or in the metrics', async () => {
  const switchboard = await start();
  // Both ways, both lines.
  await phones.customerSends({ from: numbers.sms, to: numbers.ours, body: words.fromSms });
  const smsRoom = await roomWith(words.fromSms);
  const anna = homeserver.agent('anna');
  anna.send(smsRoom, words.toSms);
  await expect.poll(() => sms(words.toSms).length, patient).toBe(1);
  anna.send(smsRoom, `!note ${words.note}`);
  const said = {
    type: 'text',
    id: `first-of-${numbers.loopback.slice(1)}`,
    from: numbers.loopback,
    text: words.fromLoopback,
  };
  expect((await loopbackSays(said)).status).toBe(202);
  const loopRoom = await roomWith(words.fromLoopback);
  anna.send(loopRoom, words.toLoopback);
  await expect.poll(() => shown.some(({ text }) => text === words.toLoopback), patient).toBe(true);

  // What Twilio refuses, and what it does not answer.
  phones.fail({ status: 400, code: 21211 });
  anna.send(smsRoom, words.refused);
  await failureShown(smsRoom, /Not delivered/);
  phones.fail('silent-after');
  anna.send(smsRoom, words.unclear);
  await expect.poll(() => sms(words.unclear).length, patient).toBe(1);
  phones.fail(undefined);
  programAnswers = 404;
  anna.send(loopRoom, words.refused);
  await failureShown(loopRoom, /Not delivered/);
  programAnswers = 200;

  // A file that cannot be fetched, a homeserver that breaks off and comes back.
  const gone = `http://127.0.0.1:1/${words.file}.jpg`;
  await signedWebhook({ NumMedia: '1', MediaUrl0: gone, MediaContentType0: 'image/jpeg', Body: '' });
  homeserver.faults.add({ fault: { kind: 'status', status: 502, body: words.whileDown }, times: 3 });
  homeserver.faults.add({ fault: { kind: 'reset' }, times: 3 });
  await homeserver.restart(async () => {
    await phones.customerSends({ from: numbers.sms, to: numbers.ours, body: words.whileDown });
  });
  await homeserver.waitFor(({ content }) => content['body'] === words.whileDown, 120_000);

  // Strangers.
  const webhook = `${publicUrl}/channels/sms/acme/text`;
  const form = new URLSearchParams({ From: numbers.unsigned, Body: words.unsigned }).toString();
  const formType = { 'content-type': 'application/x-www-form-urlencoded' };
  await refused(webhook, { method: 'POST', body: form, headers: formType }, 403);
  const wronglySigned = { ...formType, 'x-twilio-signature': secrets.wrong };
  await refused(
    `${webhook}?token=${secrets.wrong}`,
    { method: 'POST', body: form, headers: wronglySigned },
    403,
  );
  await refused(webhook, { method: 'PUT', body: form }, 405);
  await refused(`${publicUrl}/channels/sms/acme/${encodeURIComponent(numbers.unsigned)}`, {}, 404);
  await refused(`${publicUrl}/media/${secrets.wrong}`, {}, 404);
  await refused(`${publicUrl}/${words.unsigned}?token=${secrets.wrong}`, {}, 404);
  await refused(`${publicUrl}/%E0%A4%A?token=${secrets.wrong}`, {}, 404);
  for (const bad of [{ type: words.malformed }, { ...said, text: 5, id: words.malformed }, words.malformed]) {
    const answer = await loopbackSays(bad);
    refusals.push(await answer.text());
    expect(answer.status).toBe(400);
  }
  const resigned = await loopbackSays({ ...said, text: words.unsigned }, secrets.wrong);
  refusals.push(await resigned.text());
  expect(resigned.status).toBe(403);
  const wrongBearer = { headers: { authorization: `Bearer ${secrets.wrong}` } };
  await refused(`${publicUrl}/metrics`, {}, 401);
  await refused(`${publicUrl}/metrics`, wrongBearer, 401);
  await refused(`${publicUrl}/api/v1/tenants/acme/quarantine`, wrongBearer, 401);
  await refused(`${publicUrl}/api/v1/tenants/${words.unsigned}/quarantine`, operator(), 404);
  const transaction = (n: number) => `${appserviceUrl}/_matrix/app/v1/transactions/${n}`;
  const events = JSON.stringify({ events: [{ type: 'm.room.message', content: { body: words.noEvent } }] });
  await refused(transaction(1), { method: 'PUT', body: events, ...wrongBearer }, 403);
  await refused(`${transaction(1)}?access_token=${secrets.wrong}`, { method: 'PUT', body: events }, 401);
  const bearer = { headers: { authorization: `Bearer ${secrets.hsToken}` } };
  await refused(transaction(2), { method: 'PUT', body: words.noEvent, ...bearer }, 400);
  const taken = await fetch(transaction(3), { method: 'PUT', body: events, ...bearer });
  expect(taken.status).toBe(200);

  // The poison is set aside, and the list of it shows neither text nor number.
  const listed = async (): Promise<string> =>
    (await fetch(`${publicUrl}/api/v1/tenants/acme/quarantine`, operator())).text();
  await expect.poll(listed, patient).toContain('ch:gone:message:1');
  refusals.push(await listed());

  const metrics = await fetch(`${publicUrl}/metrics`, {
    headers: { authorization: `Bearer ${secrets.metrics}` },
  });
  const metricsText = await metrics.text();
  expect(metrics.status).toBe(200);

  // Not `exit`: its last lines may still be on their way then.
  const ended = once(switchboard, 'close');
  switchboard.kill('SIGTERM');
  const [code] = (await ended) as [number | null];
  expect(code).toBe(0);

  // Entries are named in logs, in the bad hour too.
  const store = await openStore();
  const seen = await store.find(as('acme'), seenEntries, { index: 'byAge', equals: [], limit: 1000 });
  await store.close();
  expect(seen.length).toBeGreaterThan(8);
  expect(seen.flatMap(({ id }) => plantedIn(id))).toEqual([]);

  // The scan would find nothing in an empty log: these happened, and were told.
  for (const told of [
    '"Switchboard is ready"',
    '"A conversation has a room"',
    '"a delivery ended without success"',
    '"set aside what is no event"',
    'its entry is in quarantine',
    '"stopped"',
  ])
    expect(log).toContain(told);
  expect(log).not.toMatch(/"level":"debug"/);
  const everything = { log, refusals: refusals.join('\n'), metrics: metricsText };
  for (const [where, text] of Object.entries(everything))
    expect([where, plantedIn(text)]).toEqual([where, []]);
});

function operator(): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${secrets.operator}` } };
}

async function signedWebhook(more: Record<string, string>): Promise<void> {
  const url = `${publicUrl}/channels/sms/acme/text`;
  const fields = {
    MessageSid: 'MM0123456789abcdef0123456789abcdef',
    AccountSid: accountSid,
    From: numbers.sms,
    To: numbers.ours,
    ...more,
  };
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(secrets.authToken, url, fields),
    },
    body: new URLSearchParams(fields).toString(),
  });
  expect(answer.status).toBe(200);
}

/** Each as it is, in base64, and numbers without their sign (which URLs and ids leave out). */
function plantedIn(text: string): string[] {
  const planted = [
    ...Object.values(secrets),
    ...Object.values(words),
    ...Object.values(numbers).map((number) => number.slice(1)),
  ];
  return planted.filter((one) => {
    // The middle of it, since base64 depends on what stands before.
    const encoded = [0, 1, 2].map((shift) =>
      Buffer.from(`${'-'.repeat(shift)}${one}`)
        .toString('base64')
        .slice(4, -4),
    );
    return [one, ...encoded].some((form) => text.includes(form));
  });
}

test('the scan finds what is planted', () => {
  expect(plantedIn(`x ${secrets.asToken} y`)).toEqual([secrets.asToken]);
  expect(plantedIn(Buffer.from(`a:${secrets.authToken}`).toString('base64'))).toEqual([secrets.authToken]);
  expect(plantedIn(`tel:${encodeURIComponent(numbers.sms)}`)).toEqual([numbers.sms.slice(1)]);
});
