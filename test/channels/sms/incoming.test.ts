import { createHash } from 'node:crypto';
import twilio from 'twilio';
import { describe, expect, test } from 'vitest';
import { authToken } from './far-side.ts';
import { customer, openSmsLine, ours, text, addressOf } from './open-line.ts';

const from = customer;
const to = ours;

describe('a message', () => {
  test('is an event with the number of both, answered with nothing to say', async () => {
    const { twilio: peer, host } = await openSmsLine();
    const { sid, status } = await peer.customerSends({ from, to, body: 'hello' });
    expect(status).toBe(200);
    expect(host.events).toEqual([
      {
        kind: 'message',
        id: sid,
        from: { id: from },
        to,
        at: expect.any(Number) as number,
        message: { content: { kind: 'text', text: 'hello' } },
        profile: { phone: from },
      },
    ]);
  });

  test('with several files is one event for each, the text at the first', async () => {
    const { twilio: peer, host, connection } = await openSmsLine();
    const media = [
      { bytes: Buffer.from('first'), mimeType: 'image/jpeg' },
      { bytes: Buffer.from('second'), mimeType: 'text/vcard' },
    ];
    const { sid } = await peer.customerSends({ from, to, body: 'look', media });
    expect(host.events.map(({ id }) => id)).toEqual([sid, `${sid}.1`]);
    const contents = host.events.map((event) =>
      event.kind === 'message' ? event.message.content : undefined,
    );
    expect(contents).toMatchObject([
      { kind: 'image', caption: 'look', media: { mimeType: 'image/jpeg' } },
      { kind: 'file', media: { mimeType: 'text/vcard' } },
    ]);
    expect(contents[1]).not.toHaveProperty('caption');
    for (const [index, content] of contents.entries()) {
      if (content === undefined || !('media' in content) || content.media.source.type !== 'channel')
        throw new Error();
      const opened = await connection.fetchMedia!(content.media.source.reference);
      expect(Buffer.concat(await opened.stream.toArray())).toEqual(media[index]!.bytes);
    }
  });

  test('at a service of several numbers is pinned to the number that was used', async () => {
    const service = { from: undefined, messagingServiceSid: `MG${'a'.repeat(32)}` };
    const { twilio: peer, host, connection } = await openSmsLine({ parameters: service });
    await peer.customerSends({ from, to: '+15551110001', body: 'hello' });
    const address = host.events[0]!.from;
    expect(address).toEqual({ id: from, via: '+15551110001' });
    await connection.send(address, text('hello back'));
    expect(Object.fromEntries(peer.sent()[0]!.parameters)).toMatchObject({
      From: '+15551110001',
      MessagingServiceSid: service.messagingServiceSid,
    });
  });

  test('of a kind that Twilio leaves empty is shown as such', async () => {
    const { twilio: peer, host } = await openSmsLine();
    await peer.customerSends({ from, to });
    expect(host.events[0]).toMatchObject({ message: { content: { kind: 'unsupported' } } });
  });

  test('by GET is taken, where the number is configured so', async () => {
    const { host } = await openSmsLine();
    const url = `${host.publicUrl}?${new URLSearchParams({ MessageSid: `SM${'b'.repeat(32)}`, From: from, To: to, Body: 'by GET' }).toString()}`;
    const signature = twilio.getExpectedTwilioSignature(authToken, url, {});
    const response = await fetch(url, { headers: { 'x-twilio-signature': signature } });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<?xml version="1.0" encoding="UTF-8"?><Response></Response>');
    expect(host.events).toMatchObject([{ message: { content: { text: 'by GET' } } }]);
    const unsigned = await fetch(url.replace('by+GET', 'forged'), {
      headers: { 'x-twilio-signature': signature },
    });
    expect(unsigned.status).toBe(403);
  });

  test('as JSON is proved by bodySHA256', async () => {
    const { host } = await openSmsLine();
    const body = JSON.stringify({
      MessageSid: `SM${'c'.repeat(32)}`,
      From: from,
      To: to,
      Body: 'as JSON \ud800',
    });
    const url = `${host.publicUrl}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    const headers = {
      'content-type': 'application/json',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, {}),
    };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
    expect(host.events).toMatchObject([{ message: { content: { text: 'as JSON \ufffd' } } }]);
    const changed = body.replace('as JSON', 'forged');
    expect((await fetch(url, { method: 'POST', headers, body: changed })).status).toBe(403);
    expect((await fetch(host.publicUrl, { method: 'POST', headers, body })).status).toBe(403);
  });

  test('behind a proxy is checked against the URL that Twilio was told', async () => {
    const { host } = await openSmsLine({ parameters: { webhookUrl: 'https://sms.example.org/in' } });
    const fields = { MessageSid: `SM${'d'.repeat(32)}`, From: from, To: to, Body: 'proxied' };
    const post = async (signedUrl: string) => {
      const signature = twilio.getExpectedTwilioSignature(authToken, signedUrl, fields);
      const response = await fetch(host.publicUrl, {
        method: 'POST',
        headers: { 'x-twilio-signature': signature },
        body: new URLSearchParams(fields),
      });
      return response.status;
    };
    expect(await post(host.publicUrl)).toBe(403);
    expect(await post('https://sms.example.org:443/in')).toBe(200);
  });

  test('says what is wrong with it', async () => {
    const { twilio: peer, host } = await openSmsLine();
    const wrong = await peer.customerSends({ from, to, body: 'x', sid: 'SM-not-an-id' });
    expect(wrong.status).toBe(400);
    expect(host.events).toEqual([]);
  });
});

describe('WhatsApp through Twilio', () => {
  const whatsApp = { from: 'whatsapp:+14155238886' };
  const sends = { from: 'whatsapp:+34600111222', to: 'whatsapp:+14155238886' };

  test.each([
    [
      'a location',
      {
        Latitude: '40.4168',
        Longitude: '-3.7038',
        Address: 'C/ Mayor 1',
        Label: 'Shop',
        MessageType: 'location',
      },
      { kind: 'location', latitude: 40.4168, longitude: -3.7038, label: 'Shop' },
    ],
    [
      'a button',
      { ButtonText: 'Yes', ButtonPayload: 'yes_42', MessageType: 'button', Body: 'Yes' },
      { kind: 'chosen', id: 'yes_42', label: 'Yes' },
    ],
    [
      'a list',
      { ListId: 'a1', ListTitle: 'Option A', MessageType: 'interactive' },
      { kind: 'chosen', id: 'a1', label: 'Option A' },
    ],
    [
      'an unknown type with a text',
      { MessageType: 'hologram', Body: 'hi', ChannelMetadata: '{' },
      { kind: 'text', text: 'hi' },
    ],
  ])('%s', async (_name, more, content) => {
    const { twilio: peer, host } = await openSmsLine({ parameters: whatsApp });
    await peer.customerSends({ ...sends, more });
    expect(host.events).toMatchObject([{ from: { id: sends.from }, message: { content } }]);
  });

  test("a reply names the message, and the profile the customer's name", async () => {
    const { twilio: peer, host } = await openSmsLine({ parameters: whatsApp });
    const replied = `SM${'e'.repeat(32)}`;
    await peer.customerSends({
      ...sends,
      body: 'yes',
      more: { OriginalRepliedMessageSid: replied, ProfileName: 'Ana', WaId: '34600111222' },
    });
    expect(host.events).toMatchObject([
      { message: { replyTo: { id: replied } }, profile: { name: 'Ana', phone: '+34600111222' } },
    ]);
  });

  test('a sticker is one', async () => {
    const { twilio: peer, host } = await openSmsLine({ parameters: whatsApp });
    const media = [{ bytes: Buffer.from('webp'), mimeType: 'image/webp' }];
    await peer.customerSends({ ...sends, media, more: { MessageType: 'sticker' } });
    expect(host.events).toMatchObject([{ message: { content: { kind: 'sticker' } } }]);
  });
});

describe('consent', () => {
  const consents = (events: readonly { kind: string }[]) => events.filter(({ kind }) => kind === 'consent');

  test.each([
    ['STOP', undefined, 'optedOut'],
    [' stop ', undefined, 'optedOut'],
    ['Unsubscribe', undefined, 'optedOut'],
    ['START', undefined, 'optedIn'],
    ['Baja', 'STOP', 'optedOut'],
    ['Alta', 'START', 'optedIn'],
    ['Help', undefined, 'helpAsked'],
    ['INFO', undefined, 'helpAsked'],
    ['Ayuda', 'HELP', 'helpAsked'],
  ])('%j (Twilio says %s) is %s, and comes as a message too', async (body, optOutType, consent) => {
    const { twilio: peer, host } = await openSmsLine();
    const more = optOutType === undefined ? {} : { OptOutType: optOutType };
    const { sid } = await peer.customerSends({ from, to, body, more });
    expect(host.events).toMatchObject([
      { kind: 'consent', id: `${sid}.consent`, consent, keyword: body.trim() },
      { kind: 'message', id: sid, message: { content: { text: body } } },
    ]);
  });

  test.each(['please stop', 'Stop it!', 'help me', 'YES', 'the end'])(
    '%j says nothing about it',
    async (body) => {
      const { twilio: peer, host } = await openSmsLine();
      await peer.customerSends({ from, to, body });
      expect(host.events.map(({ kind }) => kind)).toEqual(['message']);
    },
  );

  test('YES opts in again after STOP, once', async () => {
    const { twilio: peer, host } = await openSmsLine();
    await peer.customerSends({ from, to, body: 'STOP' });
    host.failAccepts(true);
    const { sid, status } = await peer.customerSends({ from, to, body: 'Yes' });
    expect(status).toBe(503);
    host.failAccepts(false);
    await peer.customerSends({ from, to, body: 'Yes', sid });
    await peer.customerSends({ from, to, body: 'Yes' });
    expect(consents(host.events)).toMatchObject([
      { consent: 'optedOut' },
      { consent: 'optedIn', keyword: 'Yes' },
    ]);
  });

  test('YES opts in again after Twilio refused a message for it', async () => {
    const { twilio: peer, host, connection } = await openSmsLine();
    peer.fail({ status: 400, code: 21610 });
    await expect(connection.send(addressOf(from), text('hello'))).rejects.toMatchObject({ kind: 'optedOut' });
    await peer.customerSends({ from, to, body: 'YES' });
    expect(consents(host.events)).toMatchObject([{ consent: 'optedIn' }]);
  });

  test("the operator's words replace the default ones", async () => {
    const { twilio: peer, host } = await openSmsLine({ parameters: { optOutWords: ['ENDE'] } });
    await peer.customerSends({ from, to, body: 'STOP' });
    await peer.customerSends({ from, to, body: 'ende' });
    expect(consents(host.events)).toMatchObject([{ keyword: 'ende' }]);
  });
});

describe('statuses', () => {
  test('are receipts under ids of their own, in whatever order and number they come', async () => {
    const { twilio: peer, host, connection } = await openSmsLine();
    const { id } = await connection.send(addressOf(from), text('hello'));
    for (const status of ['delivered', 'queued', 'sending', 'sent', 'delivered', 'read']) {
      expect(await peer.report(id, status)).toBe(200);
    }
    expect(host.events).toMatchObject([
      { kind: 'receipt', id: `${id}.delivered`, target: id, status: 'delivered', from: { id: from } },
      { kind: 'receipt', id: `${id}.sent`, target: id, status: 'sent' },
      { kind: 'receipt', id: `${id}.read`, target: id, status: 'read' },
    ]);
  });

  test.each([
    [
      'undelivered',
      { ErrorCode: '30005' },
      'the number is unknown or no longer in service (Twilio error 30005)',
    ],
    ['failed', { ErrorCode: '99999' }, 'the network could not deliver it (Twilio error 99999)'],
    ['failed', { ErrorCode: 'odd' }, 'the phone network gave no reason'],
    ['canceled', {}, 'it was cancelled at Twilio'],
  ])('%s with %j is failed, with the reason for people', async (status, more, reason) => {
    const { twilio: peer, host, connection } = await openSmsLine();
    const { id } = await connection.send(addressOf(from), text('hello'));
    await peer.report(id, status, more);
    expect(host.events).toMatchObject([{ kind: 'receipt', target: id, status: 'failed', reason }]);
  });

  test('that could not be stored are not acknowledged', async () => {
    const { twilio: peer, host, connection } = await openSmsLine();
    const { id } = await connection.send(addressOf(from), text('hello'));
    host.failAccepts(true);
    expect(await peer.report(id, 'delivered')).toBe(503);
  });
});
