import { describe, expect, test } from 'vitest';
import { sms } from '../../../src/channels/sms/index.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';
import { accountSid, authToken } from './far-side.ts';
import { addressOf, customer, openSmsLine, outgoing, ours, text } from './open-line.ts';

const to = addressOf(customer);

describe('a message', () => {
  test('has the parameters that the line asks for', async () => {
    const parameters = { validityPeriodSeconds: 600, smartEncoded: true };
    const { twilio, connection, host } = await openSmsLine({ parameters });
    const { id } = await connection.send(to, text('hello + ü', 'd/1'));
    expect(twilio.sent()[0]!.sid).toBe(id);
    expect(Object.fromEntries(twilio.sent()[0]!.parameters)).toEqual({
      To: customer,
      From: ours,
      Body: 'hello + ü',
      StatusCallback: `${host.publicUrl}/status?delivery=d%2F1`,
      ValidityPeriod: '600',
      SmartEncoded: 'true',
    });
  });

  test('is sent with the API key where there is one, and its files are fetched with it', async () => {
    const apiKey = { sid: `SK${'f'.repeat(32)}`, secret: 'the-secret-of-the-key' };
    const { twilio, connection, host } = await openSmsLine({
      twilio: { apiKey },
      parameters: { apiKeySid: apiKey.sid, apiKeySecret: apiKey.secret },
    });
    await connection.send(to, text('by key'));
    expect(twilio.sent()).toHaveLength(1);
    await twilio.customerSends({
      from: customer,
      to: ours,
      media: [{ bytes: Buffer.from('x'), mimeType: 'image/png' }],
    });
    const [event] = host.events;
    if (event?.kind !== 'message' || event.message.content?.kind !== 'image') throw new Error('no image');
    const { source } = event.message.content.media;
    if (source.type !== 'channel') throw new Error('no reference');
    await connection.fetchMedia!(source.reference);
    const [{ options }] = host.fetches as [(typeof host.fetches)[number]];
    const basic = Buffer.from(`${apiKey.sid}:${apiKey.secret}`).toString('base64');
    expect(options.headers).toEqual({ authorization: `Basic ${basic}` });
    expect(options.headersFor).toEqual([twilio.baseUrl, 'https://api.twilio.com']);
  });

  test('over WhatsApp carries places and templates', async () => {
    const { twilio, connection } = await openSmsLine({ parameters: { from: 'whatsapp:+14155238886' } });
    const ana = addressOf('whatsapp:+34600111222');
    await connection.send(
      ana,
      outgoing({ kind: 'location', latitude: 40.4, longitude: -3.7, label: 'Shop' }),
    );
    const template = {
      kind: 'template',
      name: 'HX1',
      language: 'es',
      parameters: ['Ana', '3'],
      text: 'Hola Ana',
    } as const;
    await connection.send(ana, outgoing(template));
    const [place, filled] = twilio.sent().map(({ parameters }) => Object.fromEntries(parameters));
    expect(place).toMatchObject({
      Body: 'Shop',
      PersistentAction: 'geo:40.4,-3.7|Shop',
      From: 'whatsapp:+14155238886',
    });
    expect(filled).toMatchObject({ ContentSid: 'HX1', ContentVariables: '{"1":"Ana","2":"3"}' });
  });

  test('that the capabilities exclude is refused, and nothing is sent', async () => {
    const { twilio, connection } = await openSmsLine();
    const failure = connection.send(to, outgoing({ kind: 'choice', text: '?', options: [] }));
    await expect(failure).rejects.toMatchObject({ kind: 'permanent', certain: true });
    expect(twilio.requests).toEqual([]);
  });
});

describe('after an unclear failure', () => {
  test('a message that Twilio has is not sent again', async () => {
    const { twilio, connection } = await openSmsLine();
    twilio.fail('silent-after');
    await expect(connection.send(to, text('once', 'd1'))).rejects.toMatchObject({
      kind: 'retry',
      certain: false,
    });
    twilio.fail(undefined);
    const { id } = await connection.send(to, text('once', 'd1'));
    expect(twilio.sent().map(({ sid }) => sid)).toEqual([id]);
  });

  test('a message that Twilio has not is sent', async () => {
    const { twilio, connection } = await openSmsLine();
    twilio.fail('silent-before');
    await expect(connection.send(to, text('once', 'd1'))).rejects.toMatchObject({ certain: false });
    twilio.fail(undefined);
    await connection.send(to, text('once', 'd1'));
    expect(twilio.sent()).toHaveLength(1);
  });

  test("another delivery's equal message is not taken for it", async () => {
    const { twilio, connection } = await openSmsLine();
    await connection.send(to, text('Yes', 'd1'));
    twilio.fail('silent-before');
    await expect(connection.send(to, text('Yes', 'd2'))).rejects.toMatchObject({ certain: false });
    twilio.fail(undefined);
    await connection.send(to, text('Yes', 'd2'));
    expect(new Set(twilio.sent().map(({ sid }) => sid)).size).toBe(2);
  });

  test('it stays unclear while Twilio cannot be asked', async () => {
    const { twilio, connection, host } = await openSmsLine();
    twilio.fail('silent-after');
    await expect(connection.send(to, text('once', 'd1'))).rejects.toMatchObject({ certain: false });
    await twilio.close();
    await expect(connection.send(to, text('once', 'd1'))).rejects.toMatchObject({
      kind: 'retry',
      certain: false,
    });
    expect(twilio.sent()).toHaveLength(1);
    expect(host.logger.lines).toEqual([]);
  });

  test('Twilio can be asked without anything being sent', async () => {
    const { twilio, connection } = await openSmsLine();
    expect(await connection.findSent!(to, text('never tried', 'd0'))).toBeUndefined();
    twilio.fail('silent-before');
    await expect(connection.send(to, text('lost', 'd1'))).rejects.toMatchObject({ certain: false });
    expect(await connection.findSent!(to, text('lost', 'd1'))).toBeUndefined();
    twilio.fail('silent-after');
    await expect(connection.send(to, text('there', 'd2'))).rejects.toMatchObject({ certain: false });
    const [there] = twilio.sent();
    expect(await connection.findSent!(to, text('there', 'd2'))).toEqual({ id: there?.sid });
    await twilio.close();
    // What was found is remembered; what was not cannot be looked for now.
    expect(await connection.findSent!(to, text('there', 'd2'))).toEqual({ id: there?.sid });
    await expect(connection.findSent!(to, text('lost', 'd1'))).rejects.toMatchObject({ certain: false });
    expect(twilio.sent()).toHaveLength(1);
  });

  test('a status that comes back with our reference tells the id that the answer never did', async () => {
    const { twilio, connection, host } = await openSmsLine();
    twilio.fail('silent-after');
    await expect(connection.send(to, text('once', 'd1'))).rejects.toMatchObject({ certain: false });
    const sid = twilio.sent()[0]!.sid;
    expect(await twilio.report(sid, 'sent')).toBe(200);
    expect(host.events).toMatchObject([
      { kind: 'receipt', target: sid, delivery: 'd1', status: 'sent', from: { id: customer } },
    ]);
    await twilio.close();
    expect(await connection.send(to, text('once', 'd1'))).toEqual({ id: sid });
  });

  test('a crash after the answer does not send twice either', async () => {
    const first = await openSmsLine();
    const { id } = await first.connection.send(to, text('once', 'd1'));
    const second = await openSmsLine({ records: first.host.records });
    expect(await second.connection.send(to, text('once', 'd1'))).toEqual({ id });
    expect(second.twilio.sent()).toEqual([]);
  });

  test('what was tried is forgotten after two days', async () => {
    const clock = manualClock(Date.now());
    const { connection, host } = await openSmsLine({ clock });
    for (let index = 0; index < 5; index += 1) await connection.send(to, text('x', `old-${index}`));
    const kept = async () => (await host.records.list({ prefix: 'sent ', limit: 100 })).length;
    expect(await kept()).toBe(10);
    clock.advance(3 * 86_400_000);
    await connection.send(to, text('x', 'new'));
    expect(await kept()).toBe(2);
  });
});

describe('the account', () => {
  test('a live check says what is wrong', async () => {
    const { connection } = await openSmsLine();
    expect(await connection.verify!()).toEqual([]);
    const wrong = await openSmsLine({ parameters: { authToken: 'another-token' } });
    expect(await wrong.connection.verify!()).toEqual([
      'Twilio does not accept the account or key (Twilio error 20003)',
    ]);
    await wrong.twilio.close();
    expect(await wrong.connection.verify!()).toEqual(['Twilio did not answer (ECONNREFUSED)']);
  });

  test('that is refused is reported, and well again when it is taken', async () => {
    const { twilio, connection, host } = await openSmsLine();
    twilio.fail({ status: 401, code: 20003 });
    await expect(connection.send(to, text('x'))).rejects.toMatchObject({
      kind: 'unauthorised',
      certain: true,
    });
    await expect(connection.send(to, text('x'))).rejects.toMatchObject({ kind: 'unauthorised' });
    twilio.fail(undefined);
    await connection.send(to, text('x'));
    expect(host.states.map(({ state }) => state)).toEqual(['connected', 'unauthorised', 'connected']);
  });

  test('that cannot be reached is a retry, and nothing went out', async () => {
    const { twilio, connection } = await openSmsLine();
    await twilio.close();
    await expect(connection.send(to, text('x'))).rejects.toMatchObject({ kind: 'retry', certain: true });
  });
});

describe('parameters', () => {
  const good = { accountSid, authToken, from: ours };
  test.each([
    ['no sender', { accountSid, authToken }, 'from'],
    ['half an API key', { ...good, apiKeySid: `SK${'0'.repeat(32)}` }, 'apiKeySid'],
    ['a number without its country', { ...good, from: '0170 1234567' }, 'from'],
    ['a strange account', { ...good, accountSid: 'AC1' }, 'accountSid'],
    ['a slash at the end', { ...good, apiBaseUrl: 'https://example.org/' }, 'apiBaseUrl'],
    ['a URL of another kind', { ...good, webhookUrl: 'ftp://example.org' }, 'webhookUrl'],
    ['too long a validity', { ...good, validityPeriodSeconds: 40_000 }, 'validityPeriodSeconds'],
  ])('%s is refused with the path', (_name, given, path) => {
    const result = sms.parameters.safeParse(given);
    expect(result.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });

  test.each([
    ['+15551110000', undefined, true],
    ['+61400000000', undefined, true],
    ['+4915112345678', undefined, false],
    ['+4915112345678', true, true],
    ['+15551110000', false, false],
  ])('from %s with mms %s: pictures %s', (from, mms, pictures) => {
    const given = sms.parameters.parse({ ...good, from, ...(mms === undefined ? {} : { mms }) });
    expect(sms.capabilities(given).media.image !== undefined).toBe(pictures);
  });
});
