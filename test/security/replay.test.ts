import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { expect, it, onTestFinished } from 'vitest';
import { findChannelModule } from '../../src/channels/registry.ts';
import { signatureHeader, sign } from '../../src/channels/loopback/signature.ts';
import { createDelivery } from '../../src/delivery/delivery-engine.ts';
import { defaultRetention } from '../../src/delivery/sweeper.ts';
import { createAppserviceEndpoint } from '../../src/matrix/appservice/appservice-endpoint.ts';
import { as, type ConversationId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { lineEntryId, roomEntryId } from '../../src/sessions/entry-ids.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import { manualClock } from '../fixtures/manual-clock.ts';
import { createTestHost } from '../fixtures/test-host.ts';
import { eventOf, settingsOf } from '../matrix/appservice/fixture.ts';

/**
 * Security row S3: what was caught on its way and is sent again, signature and all. None of our networks signs a time, so what counts is
 * the id, which is kept for 8 days.
 */

const secondMs = 1000;
const dayMs = 86_400_000;
const acme = as<never>('acme');
const conversation = as<ConversationId>('conversation');

/** The core's inbox on a clock that the test sets. */
async function openInbox() {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-replay-'));
  const clock = manualClock();
  const store = await openNedbStore({ directory, fsync: false, clock, logger: silentLogger });
  const decided: string[] = [];
  const delivery = createDelivery<object, never>({
    store,
    clock,
    logger: silentLogger,
    decide: async (_tenant, { id }) => {
      decided.push(id);
      return { writes: [], deliveries: [], timers: [] };
    },
    transport: async () => ({}),
    resendPolicy: async () => 'safe',
    resultEvent: () => ({}),
  });
  await delivery.start();
  onTestFinished(async () => {
    await delivery.stop(1000);
    await store.close();
    rmSync(directory, { recursive: true });
  });
  return { clock, delivery, decided };
}

type Inbox = Awaited<ReturnType<typeof openInbox>>;

/** Something that came in, to be sent as often as one likes; gives the status. */
const senders: Readonly<Record<string, (inbox: Inbox) => Promise<() => Promise<number>>>> = {
  async loopback(inbox) {
    const secret = 'the-secret-of-this-line';
    const url = `${await openLine(inbox, 'loopback', { secret })}/messages`;
    const body = JSON.stringify({ type: 'text', id: 'said-once', from: 'cora', text: 'Hello' });
    const signature = sign(secret, 'POST', new URL(url).pathname, body);
    const headers = { 'content-type': 'application/json', [signatureHeader]: signature };
    return async () => (await fetch(url, { method: 'POST', headers, body })).status;
  },
  async sms(inbox) {
    const authToken = 'the-token-of-this-line';
    const url = await openLine(inbox, 'sms', {
      accountSid: `AC${'0'.repeat(32)}`,
      authToken,
      from: '+15551110000',
    });
    const fields = {
      MessageSid: `SM${'1'.repeat(32)}`,
      From: '+15552229999',
      To: '+15551110000',
      Body: 'Hi!',
    };
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, fields),
    };
    const body = new URLSearchParams(fields).toString();
    return async () => (await fetch(url, { method: 'POST', headers, body })).status;
  },
  async web(inbox) {
    const url = await openLine(inbox, 'web', { secret: 'the-secret-of-this-line' });
    const json = { 'content-type': 'application/json' };
    const begun = await fetch(`${url}/visitors`, { method: 'POST', headers: json, body: '{}' });
    const { token } = (await begun.json()) as { token: string };
    const headers = { ...json, authorization: `Bearer ${token}` };
    const body = JSON.stringify({ kind: 'text', id: 'said-once', text: 'Hello' });
    return async () => (await fetch(`${url}/messages`, { method: 'POST', headers, body })).status;
  },
  async transactions({ delivery, clock }) {
    const settings = settingsOf('main', 'the-token-of-the-homeserver');
    const endpoint = createAppserviceEndpoint(
      [
        {
          settings,
          onTransaction: async (events) => {
            const entries = events.map((event) => ({
              id: roomEntryId(settings.id, event.event_id),
              key: conversation,
              event: {},
            }));
            await delivery.accept(acme, entries);
          },
        },
      ],
      { clock, logger: silentLogger },
    );
    const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
    onTestFinished(() => endpoint.stop(0));
    const headers = { authorization: 'Bearer the-token-of-the-homeserver' };
    const body = JSON.stringify({ events: [eventOf('once')] });
    let number = 0;
    return async () => {
      number += 1;
      const url = `http://127.0.0.1:${String(port)}/_matrix/app/v1/transactions/${String(number)}`;
      return (await fetch(url, { method: 'PUT', headers, body })).status;
    };
  },
};

async function openLine({ clock, delivery }: Inbox, channel: string, parameters: object): Promise<string> {
  const module = findChannelModule(channel)!;
  const host = await createTestHost({ channel, clock });
  const line = {
    tenant: acme,
    id: as<never>('line-1'),
    channel,
    parameters: module.parameters.parse(parameters),
    displayName: 'Acme',
  };
  const connection = await module.open(line, {
    ...host,
    accept: async (events) => {
      await delivery.accept(
        acme,
        events.map((event) => ({ id: lineEntryId(line.id, event.kind, event.id), key: conversation, event })),
      );
    },
  });
  host.mount(connection, module.maxBodyBytes);
  onTestFinished(async () => {
    await connection.close();
    await host.close();
  });
  return host.publicUrl;
}

it.each(Object.keys(senders))(
  '%s: the same again after 1 s, 301 s and 7 days changes nothing',
  async (name) => {
    const inbox = await openInbox();
    const send = await senders[name]!(inbox);
    expect(await send()).toBeLessThan(300);
    await inbox.delivery.idle();
    expect(inbox.decided).toHaveLength(1);
    let elapsed = 0;
    for (const after of [secondMs, 301 * secondMs, 7 * dayMs]) {
      inbox.clock.advance(after - elapsed);
      elapsed = after;
      await inbox.delivery.sweep();
      // Whoever sends again what was taken hears that it is taken, and is not made to come again.
      expect([after, await send()]).toEqual([after, expect.toSatisfy((status: number) => status < 300)]);
      await inbox.delivery.idle();
      expect([after, inbox.decided.length]).toEqual([after, 1]);
    }
  },
);

it('keeps ids for 8 days, a day longer than any network repeats', () => {
  expect(defaultRetention.seenMs).toBe(8 * dayMs);
});
