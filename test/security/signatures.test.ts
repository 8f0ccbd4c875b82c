import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { signatureHeader, sign } from '../../src/channels/loopback/signature.ts';
import { channelModules, findChannelModule } from '../../src/channels/registry.ts';
import { createAppserviceEndpoint } from '../../src/matrix/appservice/appservice-endpoint.ts';
import { generateRegistration } from '../../src/matrix/registration.ts';
import { readRegistration } from '../../src/matrix/registration-file.ts';
import { createSignedLinks } from '../../src/media/signed-links.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { eventOf, settingsOf } from '../matrix/appservice/fixture.ts';
import { memoryRecords } from '../fixtures/memory-records.ts';
import { WebClient } from '../channels/web/web-client.ts';
import { openLine } from './open-line.ts';

/** Security row S2. Whose secret made a signature: the line's, the one that is being changed for it, or another tenant's. */
type By = 'own' | 'secondary' | 'another tenant';

interface Gate {
  signature(by: By): Promise<string> | string;
  /** Presents a signature, with the body that it was made for or another; whether it was let in. */
  lets(signature: string | undefined, body?: string): Promise<boolean>;
  /** What is signed, where that is a body; the same in another spelling. */
  readonly respelled?: string;
  /** What got in, as far as one can see it from inside. */
  readonly taken: () => number;
}

const secrets: Readonly<Record<By, string>> = {
  own: 'the-secret-of-this-line',
  secondary: 'the-secret-before-this',
  'another tenant': 'the-secret-of-somebody-else',
};

const gates: Readonly<Record<string, () => Promise<Gate>>> = { loopback, sms, web, transactions, links };

async function post(url: string, headers: Record<string, string | undefined>, body: string): Promise<number> {
  const given = Object.entries(headers).filter((each): each is [string, string] => each[1] !== undefined);
  const answer = await fetch(url, { method: 'POST', headers: Object.fromEntries(given), body });
  await answer.body?.cancel();
  return answer.status;
}

/** In, or out with the status that says so; anything else is a mistake. */
function isIn(status: number): boolean {
  expect([200, 202, 204, 401, 403]).toContain(status);
  return status < 300;
}

async function loopback(): Promise<Gate> {
  const host = await openLine('loopback', { secret: secrets.own, secondarySecret: secrets.secondary });
  const said = { type: 'text', id: 'said-once', from: 'cora', text: 'Hello' };
  const body = JSON.stringify(said);
  const url = `${host.publicUrl}/messages`;
  const target = new URL(url).pathname;
  return {
    respelled: JSON.stringify(said, null, 1),
    signature: (by) => sign(secrets[by], 'POST', target, body),
    lets: async (signature, shown = body) =>
      isIn(await post(url, { 'content-type': 'application/json', [signatureHeader]: signature }, shown)),
    taken: () => host.acceptedIds.length,
  };
}

async function sms(): Promise<Gate> {
  const host = await openLine('sms', {
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: secrets.own,
    secondaryAuthToken: secrets.secondary,
    from: '+15551110000',
  });
  const fields = { MessageSid: `SM${'1'.repeat(32)}`, From: '+15552229999', To: '+15551110000', Body: 'Hi!' };
  const body = new URLSearchParams(fields).toString();
  return {
    signature: (by) => twilio.getExpectedTwilioSignature(secrets[by], host.publicUrl, fields),
    lets: async (signature, shown = body) =>
      isIn(
        await post(
          host.publicUrl,
          { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature },
          shown,
        ),
      ),
    taken: () => host.acceptedIds.length,
  };
}

async function web(): Promise<Gate> {
  const records = memoryRecords();
  const before = await openLine('web', { secret: secrets.secondary }, { records });
  const now = await openLine('web', { secret: secrets.own, secondarySecret: secrets.secondary }, { records });
  // The same secret and the same visitors on purpose: what keeps tenants apart is more than that.
  const other = await openLine('web', { secret: secrets.own }, { tenant: 'bolt', records });
  const hosts = { own: now, secondary: before, 'another tenant': other };
  const tokens = new Map<By, string>();
  for (const [by, host] of Object.entries(hosts))
    tokens.set(by as By, (await new WebClient(host.publicUrl).begin()).token);
  return {
    signature: (by) => tokens.get(by) ?? '',
    lets: async (token) => {
      const authorization = token === undefined ? undefined : `Bearer ${token}`;
      const body = JSON.stringify({ kind: 'text', id: randomUUID(), text: 'Hello' });
      return isIn(
        await post(`${now.publicUrl}/messages`, { 'content-type': 'application/json', authorization }, body),
      );
    },
    taken: () => now.acceptedIds.length,
  };
}

async function transactions(): Promise<Gate> {
  let taken = 0;
  const { registration, ...settings } = settingsOf('main', secrets.own);
  const endpoint = createAppserviceEndpoint(
    [
      {
        settings: { ...settings, registration: { ...registration, secondaryHsToken: secrets.secondary } },
        onTransaction: async () => {
          taken += 1;
        },
      },
    ],
    { clock: systemClock, logger: silentLogger },
  );
  const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => endpoint.stop(100));
  return {
    signature: (by) => secrets[by],
    lets: async (token) => {
      const url = `http://127.0.0.1:${String(port)}/_matrix/app/v1/transactions/${randomUUID()}`;
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const body = JSON.stringify({ events: [eventOf('a')] });
      return isIn((await fetch(url, { method: 'PUT', headers, body })).status);
    },
    taken: () => taken,
  };
}

async function links(): Promise<Gate> {
  let taken = 0;
  const of = (secret: string, secondarySecret?: string) =>
    createSignedLinks({ secret, secondarySecret, publicUrl: 'https://x.example', clock: systemClock });
  const reference = {
    source: { type: 'url', url: 'https://files.example/a' },
    mimeType: 'text/plain',
  } as const;
  const now = of(secrets.own, secrets.secondary);
  return {
    signature: (by) => of(secrets[by]).sign(as('acme'), reference, 60).split('/').at(-1) ?? '',
    lets: async (token = '') => {
      const found = now.verify(token);
      if (typeof found === 'object') taken += 1;
      return typeof found === 'object';
    },
    taken: () => taken,
  };
}

/** Each character with its lowest bit turned over; of what can be sent as a header. */
function oneBitChanged(signature: string): string[] {
  return Array.from(signature, (character, at) => {
    const changed = String.fromCharCode(character.charCodeAt(0) ^ 1);
    return `${signature.slice(0, at)}${changed}${signature.slice(at + 1)}`;
  });
}

it('has a gate here for every network that takes requests', async () => {
  const networks = channelModules.map(({ channel }) => channel);
  // XMPP has a connection of its own, and a handshake in it.
  expect(networks.filter((channel) => channel !== 'xmpp' && !Object.hasOwn(gates, channel))).toEqual([]);
});

describe.each(Object.entries(gates))('%s', (_name, open) => {
  it('lets in what is signed, and nothing that is signed otherwise', async () => {
    const gate = await open();
    const good = await gate.signature('own');
    const wrong: readonly (string | undefined)[] = [
      undefined,
      '',
      ' ',
      ...oneBitChanged(good),
      good.slice(0, -1),
      `${good}0`,
      good.repeat(2),
      good.toUpperCase() === good ? good.toLowerCase() : good.toUpperCase(),
      await gate.signature('another tenant'),
    ];
    for (const signature of wrong)
      expect([signature, await gate.lets(signature)]).toEqual([signature, false]);
    expect(gate.taken()).toBe(0);
    expect(await gate.lets(good)).toBe(true);
    expect(gate.taken()).toBe(1);
  });

  it('takes the secret before this one too, while it is being changed', async () => {
    const gate = await open();
    expect(await gate.lets(await gate.signature('secondary'))).toBe(true);
  });
});

describe('a signed body', () => {
  it('is not let in with a bit changed, nor in another spelling of the same JSON', async () => {
    const gate = await loopback();
    const good = await gate.signature('own');
    expect(await gate.lets(good, gate.respelled)).toBe(false);
    const body = JSON.stringify(JSON.parse(gate.respelled ?? ''));
    for (const changed of oneBitChanged(body)) expect(await gate.lets(good, changed)).toBe(false);
    expect(gate.taken()).toBe(0);
  });

  it('of a form likewise', async () => {
    const gate = await sms();
    const good = await gate.signature('own');
    for (const body of ['', 'Body=Hi', 'Body=Hi%21&Body=Hi', 'From=%2B15552229999&Body=Hi%20'])
      expect(await gate.lets(good, body)).toBe(false);
    expect(gate.taken()).toBe(0);
  });
});

describe('a missing secret', () => {
  const complete: Readonly<Record<string, readonly [object, string]>> = {
    loopback: [{}, 'secret'],
    web: [{}, 'secret'],
    sms: [{ accountSid: `AC${'0'.repeat(32)}`, from: '+15551110000' }, 'authToken'],
    xmpp: [{ domain: 'x.example' }, 'secret'],
  };

  it.each(channelModules.map(({ channel }) => channel))(
    'of %s is a mistake in the config file',
    (channel) => {
      const [rest, name] = complete[channel] ?? [{}, ''];
      const { parameters } = findChannelModule(channel)!;
      expect(parameters.safeParse({ ...rest, [name]: 'a-secret-that-is-long-enough' }).success).toBe(true);
      for (const missing of [{}, { [name]: '' }, { [name]: null }])
        expect(parameters.safeParse({ ...rest, ...missing }).success).toBe(false);
    },
  );

  it('of a homeserver is a mistake in the registration', () => {
    const directory = mkdtempSync(join(tmpdir(), 'switchboard-registration-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'registration.yaml');
    const whole = generateRegistration({ id: 'sb', url: 'http://x.example', prefix: '_sb_' });
    for (const hs_token of [undefined, '', null]) {
      writeFileSync(file, stringify({ ...whole, hs_token }));
      expect(() => readRegistration(file)).toThrow(/hs_token/);
    }
  });
});
