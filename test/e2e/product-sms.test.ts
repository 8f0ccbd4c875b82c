import { countSegments } from '../../src/message/sms-segments.ts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { until } from './product/until.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { jpeg, oggOf, pdf, png } from './product/files.ts';

const without = await missing('synapse');
/** With the day where it is not today any more. */
const time = '(?:\\d{4}-\\d\\d-\\d\\d )?\\d\\d:\\d\\d:\\d\\d';

describe.skipIf(without !== undefined)(`SMS, from phone to Element and back ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  beforeAll(async () => {
    rig = await startRig({ tenants: { acme: { agents: ['anna'] } } });
    acme = rig.enterprise('acme');
    anna = acme.agent('anna');
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
  });

  afterEach(() => {
    acme.twilio.fail(undefined);
    acme.phones.delivers = true;
  });

  let phones = 0;
  /** A customer whose first message was answered by Anna: the session stands. */
  async function talking(opening: string): Promise<{ sam: SmsCustomer; room: string; ghost: string }> {
    phones += 1;
    const sam = new SmsCustomer(acme, `+155522200${String(phones).padStart(2, '0')}`);
    await sam.says(opening);
    const room = await anna.accepts();
    const { sender } = await anna.sees(room, opening);
    return { sam, room, ghost: sender };
  }

  test('a text reaches the agent, the answer the phone, with an accepted mark', async () => {
    const { sam, room, ghost } = await talking('Where is my order? 📦 äöü');
    expect(ghost).toMatch(/^@_switchboard_.*:acme\.localhost$/);
    expect(anna.client.getRoom(room)?.name).toBe(`${sam.number} · SMS`);
    expect(anna.client.getRoom(room)?.getMember(ghost)?.name).toBe(`${sam.number} (SMS)`);

    const answer = await anna.says(room, 'It is on its way 🚚');
    const sent = await sam.gets('It is on its way 🚚');
    expect(sent.from).toBe(acme.number);
    await anna.seesReceipt(answer, acme.bot);

    await sam.says('Thanks!');
    await anna.sees(room, 'Thanks!');
    expect(anna.textsIn(room)).toEqual(['Where is my order? 📦 äöü', 'Thanks!']);
    expect(sam.texts()).toEqual(['It is on its way 🚚']);
  });

  test('a webhook that Twilio repeats is one message', async () => {
    const { sam, room } = await talking('Once');
    const sid = await sam.says('Only once');
    await anna.sees(room, 'Only once');
    await sam.says('Only once', { sid });
    await sam.says('And then');
    await anna.sees(room, 'And then');
    expect(anna.textsIn(room)).toEqual(['Once', 'Only once', 'And then']);
  });

  test('formatting becomes plain text, and a long text arrives in parts, whole and in order', async () => {
    const { sam, room } = await talking('How do I send it back?');
    await anna.says(room, {
      msgtype: 'm.text',
      body: '**Pack** it, then:\n\n1. print\n2. post',
      format: 'org.matrix.custom.html',
      formatted_body: '<p><strong>Pack</strong> it, then:</p><ol><li>print</li><li>post</li></ol>',
    });
    const plain = await sam.gets(({ body }) => body.includes('Pack'));
    expect(plain.body).not.toMatch(/[<*]/);
    expect(plain.body).toMatch(/Pack it, then:\s+1\. print\s+2\. post/);

    const words = Array.from({ length: 700 }, (_, index) => `word${String(index)}`);
    const long = await anna.says(room, words.join(' '));
    await sam.gets(({ body }) => body.endsWith('word699'));
    await anna.seesReceipt(long, acme.bot);
    const parts = sam.texts().slice(1);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.every((part) => part.length <= 1600)).toBe(true);
    expect(parts.join(' ').match(/word\d+/g)).toEqual(words);

    await anna.says(room, '!status');
    const segments = sam.texts().reduce((sum, text) => sum + countSegments(text).segments, 0);
    const told = `SMS segments sent: ${String(segments)}.`;
    await anna.sees(room, ({ content }) => String(content['body']).endsWith(told), told);
  });

  test('pictures and files go both ways, byte for byte', async () => {
    const { sam, room } = await talking('Look at this');
    await sam.says('The damage', { media: [{ bytes: png, mimeType: 'image/png' }] });
    const picture = await anna.sees(room, ({ content }) => content['msgtype'] === 'm.image', 'a picture');
    expect(picture.content).toMatchObject({
      body: 'The damage',
      info: { mimetype: 'image/png', size: png.length, w: 10, h: 10 },
    });
    expect((await anna.downloads(String(picture.content['url']))).bytes.equals(png)).toBe(true);

    await sam.says('', {
      media: [
        { bytes: pdf, mimeType: 'application/pdf' },
        { bytes: oggOf('a voice memo'), mimeType: 'audio/ogg' },
      ],
    });
    const file = await anna.sees(room, ({ content }) => content['msgtype'] === 'm.file', 'a file');
    expect((await anna.downloads(String(file.content['url']))).bytes.equals(pdf)).toBe(true);
    const memo = await anna.sees(room, ({ content }) => content['msgtype'] === 'm.audio', 'a sound');
    const heard = await anna.downloads(String(memo.content['url']));
    expect(heard.bytes.equals(oggOf('a voice memo'))).toBe(true);

    await anna.says(room, {
      msgtype: 'm.image',
      body: 'The label',
      filename: 'label.jpg',
      url: await anna.uploads(jpeg, 'image/jpeg', 'label.jpg'),
      info: { mimetype: 'image/jpeg', size: jpeg.length },
    });
    const label = await sam.gets(({ media }) => media.length === 1);
    expect(label.body).toBe('The label');
    expect(label.media[0]?.mimeType).toBe('image/jpeg');
    expect(Buffer.from(label.media[0]?.bytes ?? []).equals(jpeg)).toBe(true);

    await anna.says(room, {
      msgtype: 'm.file',
      body: 'terms.pdf',
      url: await anna.uploads(pdf, 'application/pdf', 'terms.pdf'),
      info: { mimetype: 'application/pdf', size: pdf.length },
    });
    await sam.gets(({ media }) => Buffer.from(media[0]?.bytes ?? []).equals(pdf));
  });

  test('a file that SMS cannot carry becomes a link that gives exactly that file', async () => {
    const { sam, room } = await talking('And the big one?');
    const big = Buffer.alloc(6_000_000, 'switchboard ');
    await anna.says(room, {
      msgtype: 'm.file',
      body: 'manual.zip',
      url: await anna.uploads(big, 'application/zip', 'manual.zip'),
      info: { mimetype: 'application/zip', size: big.length },
    });
    const message = await sam.gets(({ body }) => body.includes('/media/'));
    const link = /https?:\/\/\S+\/media\/\S+/.exec(message.body)?.[0] ?? '';
    expect(link.startsWith(rig.publicUrl)).toBe(true);
    const answer = await fetch(link);
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect(Buffer.from(await answer.arrayBuffer()).equals(big)).toBe(true);
    expect((await fetch(`${link.slice(0, -2)}xx`)).ok).toBe(false);
  });

  test('what SMS has no way for is put into words, and the agent is told once', async () => {
    const { sam, room } = await talking('I have a question');
    const [question] = anna.seenIn(room).filter(({ content }) => content['body'] === 'I have a question');
    await anna.repliesTo(room, question?.id ?? '', 'Which one?');
    expect((await sam.gets(({ body }) => body.includes('Which one?'))).body).toContain('I have a question');

    const wrong = await anna.says(room, 'We close at 5');
    await sam.gets('We close at 5');
    await anna.edits(room, wrong, 'We close at 6');
    await sam.gets(({ body }) => body.includes('We close at 6'));

    await anna.reacts(room, question?.id ?? '', '👍');
    await sam.gets(({ body }) => body.includes('👍'));

    await anna.says(room, { msgtype: 'm.location', body: 'Our shop', geo_uri: 'geo:52.5186,13.4083' });
    await sam.gets(({ body }) => body.includes('52.5186') && body.includes('Our shop'));

    const before = sam.texts().length;
    await anna.takesBack(room, wrong);
    await anna.sees(
      room,
      ({ content }) =>
        content['msgtype'] === 'm.notice' &&
        /SMS:.*(take|unsend|delet|retract)/i.test(String(content['body'])),
      'a word about taking back',
    );
    await anna.says(room, 'Anything else?');
    await sam.gets('Anything else?');
    expect(sam.texts().length).toBe(before + 1);
  });

  test('what Twilio refuses is told in the message’s thread, and !retry sends it again', async () => {
    const { sam, room } = await talking('Are you there?');
    acme.twilio.fail({ status: 400, code: 21614 });
    const lost = await anna.says(room, 'Yes, I am');
    await anna.isTold(room, lost, /^Not delivered: .*!retry/);
    acme.twilio.fail(undefined);
    const retry = await anna.repliesTo(room, lost, '!retry');
    await anna.isTold(room, retry, /Sending again/);
    await sam.gets('Yes, I am');
    await anna.seesReceipt(lost, acme.bot);
    expect(sam.texts()).toEqual(['Yes, I am']);
  });

  test('!why tells what became of a message, either way, and stays in the room', async () => {
    const { sam, room } = await talking('Did you get mine?');
    const theirs = await anna.sees(room, 'Did you get mine?');
    const shown = await anna.repliesTo(room, theirs.id, '!why');
    await anna.isTold(
      room,
      shown,
      new RegExp(`^Shown here ${time}\\.\nAccepted from the customer by SMS ${time}; shown here`),
    );

    acme.twilio.fail({ status: 429, code: 20429 });
    const event = await anna.says(room, 'Yes, I did');
    await until('an attempt that failed', async () => {
      const asked = await anna.repliesTo(room, event, '!why');
      const { content } = await anna.isTold(room, asked, /\nSent by you /);
      return /attempt 1 failed/.test(String(content['body']));
    });
    acme.twilio.fail(undefined);
    const { sid } = await sam.gets('Yes, I did');
    expect(await acme.twilio.report(sid, 'delivered', {})).toBe(200);
    const asked = await anna.repliesTo(room, event, '!why');
    await anna.isTold(
      room,
      asked,
      new RegExp(
        `^Delivered to the customer ${time}\\.\nSent by you ${time}; attempt 1 failed ${time}: .*; ` +
          `accepted by SMS ${time} at attempt \\d+; .*delivered ${time}\\. Times are UTC\\.$`,
      ),
    );
    expect(sam.texts()).toEqual(['Yes, I did']);
  });

  test('a failure that Twilio reports afterwards is told as well', async () => {
    const { sam, room } = await talking('Hello?');
    acme.phones.delivers = false;
    const lost = await anna.says(room, 'This will bounce');
    const { sid } = await sam.gets('This will bounce');
    // As Twilio may, before we know the id of what we sent.
    expect(await acme.twilio.report(sid, 'undelivered', { ErrorCode: '30005' })).toBe(200);
    await anna.isTold(room, lost, /^Not delivered: the number is unknown/);
  });

  test('a customer who writes STOP gets nothing more until START', async () => {
    const { sam, room } = await talking('Hi');
    await sam.says('STOP');
    await anna.sees(room, ({ content }) => /opted out/.test(String(content['body'])), 'a word about STOP');
    const held = await anna.says(room, 'One more thing');
    await anna.isTold(room, held, /opted out/);
    await sam.says('START');
    await anna.sees(room, ({ content }) => /opted in/.test(String(content['body'])), 'a word about START');
    await anna.says(room, 'Welcome back');
    await sam.gets('Welcome back');
    expect(sam.texts()).toEqual(['Welcome back']);
  });
});
