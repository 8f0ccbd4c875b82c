import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChannelEvent } from '../../src/channels/channel.ts';
import { secretShown, redact } from '../../src/channels/secret.ts';
import { adapt } from '../../src/message/adapt.ts';
import type { MediaCapability } from '../../src/message/capabilities.ts';
import type { MediaKind } from '../../src/message/message.ts';
import type { ChannelHarness } from './channel-harness.ts';
import { type ConformanceLine, openConformanceLine, textOf } from './channel-line.ts';
import { describeContract } from './channel-contract.ts';

const texts = {
  plain: 'Hello',
  scripts: 'Grüße, Привет, שלום, こんにちは',
  'joined emoji': '👩‍👩‍👧‍👦 🇺🇦 👍🏽 e\u0301',
  'several lines': 'first line\nsecond line\n\nlast line',
  markup: `<b>not bold</b> &amp; "quoted" it's \\ %41 + {"a":1}`,
};

/**
 * What every network must pass, against a far side that the network's own tests bring. One far side and one line for all of
 * it, in the order below; closing comes last.
 */
export function channelConformance(harness: ChannelHarness): void {
  describe(`${harness.module.channel} as a channel`, () => {
    let line: ConformanceLine;
    beforeAll(async () => {
      line = await openConformanceLine(harness);
    });
    afterAll(async () => {
      await (line as ConformanceLine | undefined)?.stop();
    });
    const theLine = (): ConformanceLine => line;

    describeContract(harness, theLine);
    describeText(theLine);
    describeAbilities(theLine);
    describeMedia(theLine);
    describeTrouble(theLine);
    describeEnd(harness, theLine);
  });
}

function describeText(line: () => ConformanceLine): void {
  describe('text', () => {
    for (const [name, text] of Object.entries(texts)) {
      test(`from the customer, whole: ${name}`, async () => {
        const { far, untilMessage, customer } = line();
        const marked = `${text} (in, ${name})`;
        expect(await far.customerDoes.text(marked)).toBe('acknowledged');
        const event = await untilMessage((message) => textOf(message) === marked);
        expect(event.from.id).toBe(customer.id);
      });
      test(`to the customer, whole: ${name}`, async () => {
        const { sendText, sees } = line();
        const marked = `${text} (out, ${name})`;
        const id = await sendText(marked);
        expect(await sees((seen) => seen.text === marked)).toMatchObject({ id });
      });
    }

    test('as long as the capabilities allow', async () => {
      const { sendText, sees, capabilities } = line();
      const { maxLength, unit } = capabilities.text;
      const emoji = '😀';
      const sizes = { characters: 1, utf16: 2, bytes: 4 };
      const length = Math.min(maxLength, 100_000);
      const text = 'long '.padEnd(length - sizes[unit], 'x') + emoji;
      await sendText(text);
      await sees((seen) => seen.text === text);
    });

    test('longer than that, adapted, with nothing lost but where it is cut', async () => {
      const { connection, customer, capabilities, outgoing, sees, far } = line();
      const words = Array.from(
        { length: Math.min(capabilities.text.maxLength, 20_000) },
        (_, index) => `wörd${index}`,
      );
      const before = far.seen().length;
      const { messages } = adapt({ content: { kind: 'text', text: words.join(' ') } }, capabilities);
      expect(messages.length).toBeGreaterThan(1);
      for (const message of messages) await connection.send(customer, outgoing(message));
      await sees((seen) => seen.text?.includes(words.at(-1)!) === true);
      const arrived = far
        .seen()
        .slice(before)
        .flatMap(({ text }) => text?.match(/wörd\d+/g) ?? []);
      expect(arrived).toEqual(words);
    });

    test('in the order in which it was sent, each under an id of its own', async () => {
      const { sendText, sees, far } = line();
      const sent = Array.from({ length: 10 }, (_, index) => `number ${index}`);
      const ids: string[] = [];
      for (const text of sent) ids.push(await sendText(text));
      await sees((seen) => seen.text === sent.at(-1));
      const seenTexts = far
        .seen()
        .flatMap(({ text }) => (text?.startsWith('number ') === true ? [text] : []));
      expect(seenTexts).toEqual(sent);
      expect(new Set(ids).size).toBe(sent.length);
    });

    test('repeated by the network, is one event', async () => {
      const { far, host, untilMessage, customerWrites } = line();
      const first = await customerWrites('said once');
      expect(await far.repeat()).toBe('acknowledged');
      await customerWrites('said after it');
      const same = host.events.filter(
        (event) => event.kind === 'message' && textOf(event.message) === 'said once',
      );
      expect(same).toEqual([first]);
      await untilMessage((message) => textOf(message) === 'said after it');
    });

    test('that could not be stored is not acknowledged, and comes with the repetition', async () => {
      const { far, host, untilMessage } = line();
      const refusedBefore = host.refusedAccepts;
      host.failAccepts(true);
      try {
        expect(await far.customerDoes.text('not stored at first')).toBe('refused');
      } finally {
        host.failAccepts(false);
      }
      expect(host.refusedAccepts).toBeGreaterThan(refusedBefore);
      expect(await far.repeat()).toBe('acknowledged');
      await untilMessage((message) => textOf(message) === 'not stored at first');
    });

    test('sent again under the same delivery id is shown once, where the capabilities say so', async ({
      skip,
    }) => {
      const { connection, customer, capabilities, outgoing, sees, far, sendText } = line();
      skip(capabilities.resend !== 'safe', 'resend is unclear');
      const delivery = outgoing({ content: { kind: 'text', text: 'sent twice' } });
      const first = await connection.send(customer, delivery);
      const second = await connection.send(customer, delivery);
      expect(second.id).toBe(first.id);
      await sendText('after the repetition');
      await sees((seen) => seen.text === 'after the repetition');
      const shown = far.seen().filter((seen) => seen.text === 'sent twice');
      expect(new Set(shown.map((seen) => seen.id)).size).toBe(1);
    });
  });
}

function describeAbilities(line: () => ConformanceLine): void {
  describe('abilities', () => {
    test('reply', async ({ skip }) => {
      const {
        connection,
        customer,
        capabilities,
        outgoing,
        sees,
        customerCan,
        untilMessage,
        customerWrites,
        sendText,
      } = line();
      skip(!capabilities.reply, 'not declared');
      const question = await customerWrites('a question');
      const reply = {
        content: { kind: 'text', text: 'an answer' },
        replyTo: { id: question.id, excerpt: 'a q' },
      } as const;
      await connection.send(customer, outgoing(reply));
      await sees((seen) => seen.text === 'an answer' && seen.replyTo === question.id);
      const ours = await sendText('our question');
      await customerCan('reply')(ours, 'their answer');
      const event = await untilMessage((message) => textOf(message) === 'their answer');
      expect(event.message.replyTo?.id).toBe(ours);
    });

    test('edit', async ({ skip }) => {
      const {
        connection,
        customer,
        capabilities,
        outgoing,
        sees,
        sendText,
        customerCan,
        customerWrites,
        untilMessage,
      } = line();
      skip(capabilities.edit === false, 'not declared');
      const id = await sendText('with a mistkae');
      const corrected = { content: { kind: 'text', text: 'with a mistake' }, edits: { id } } as const;
      await connection.edit!(customer, outgoing(corrected));
      await sees((seen) => seen.text === 'with a mistake' && seen.edits === id);
      const theirs = await customerWrites('their mistkae');
      await customerCan('edit')(theirs.id, 'their mistake');
      const event = await untilMessage((message) => textOf(message) === 'their mistake');
      expect(event.message.edits?.id).toBe(theirs.id);
      expect(event.id).not.toBe(theirs.id);
    });

    test('retract', async ({ skip }) => {
      const {
        connection,
        customer,
        capabilities,
        outgoing,
        sees,
        sendText,
        customerCan,
        customerWrites,
        untilMessage,
      } = line();
      skip(capabilities.retract === false, 'not declared');
      const id = await sendText('said too much');
      await connection.retract!(customer, outgoing({ retracts: { id } }));
      await sees((seen) => seen.retracts === id);
      const theirs = await customerWrites('they said too much');
      await customerCan('retract')(theirs.id);
      await untilMessage((message) => message.retracts?.id === theirs.id);
    });

    test('react', async ({ skip }) => {
      const {
        connection,
        customer,
        capabilities,
        outgoing,
        sees,
        sendText,
        customerCan,
        customerWrites,
        untilMessage,
      } = line();
      skip(capabilities.react === false, 'not declared');
      const emoji =
        capabilities.react === false || capabilities.react.emoji === 'any'
          ? '🎉'
          : capabilities.react.emoji[0]!;
      const theirs = await customerWrites('good news');
      await connection.react!(customer, outgoing({ reactsTo: { id: theirs.id, emoji } }));
      await sees((seen) => seen.reactsTo?.id === theirs.id && seen.reactsTo.emoji === emoji);
      const ours = await sendText('our good news');
      await customerCan('react')(ours, emoji);
      await untilMessage((message) => message.reactsTo?.id === ours && message.reactsTo.emoji === emoji);
    });

    test('choice', async ({ skip }) => {
      const { capabilities, sendContent, sees, customerCan, untilMessage } = line();
      skip(capabilities.choice === false, 'not declared');
      const options = [
        { id: 'sales', label: 'Sales' },
        { id: 'help', label: 'Help' },
      ];
      const id = await sendContent({ kind: 'choice', text: 'What is it about?', options });
      const shown = await sees((seen) => seen.id === id && seen.options !== undefined);
      expect(shown).toMatchObject({ text: 'What is it about?', options: ['Sales', 'Help'] });
      await customerCan('choose')(id, options[1]!);
      const { message } = await untilMessage(({ content }) => content?.kind === 'chosen');
      expect(message.content).toEqual({ kind: 'chosen', id: 'help', label: 'Help' });
    });

    test('location', async ({ skip }) => {
      const { capabilities, sendContent, sees, far, untilMessage } = line();
      skip(!capabilities.location, 'not declared');
      await sendContent({ kind: 'location', latitude: 52.52, longitude: 13.405, label: 'Office' });
      expect((await sees((seen) => seen.location !== undefined)).location).toEqual({
        latitude: 52.52,
        longitude: 13.405,
      });
      if (far.customerDoes.location === undefined) return;
      await far.customerDoes.location(-33.86, 151.21);
      const { message } = await untilMessage(({ content }) => content?.kind === 'location');
      expect(message.content).toMatchObject({ latitude: -33.86, longitude: 151.21 });
    });

    test('contact', async ({ skip }) => {
      const { capabilities, sendContent, sees } = line();
      skip(!capabilities.contact, 'not declared');
      await sendContent({ kind: 'contact', name: 'Ann Agent', phones: ['+15550100'], emails: [] });
      await sees((seen) => seen.contact?.name === 'Ann Agent');
    });

    test('page', async ({ skip }) => {
      const { capabilities, sendContent, sees } = line();
      skip(!capabilities.page, 'not declared');
      await sendContent({ kind: 'page', url: 'https://example.org/order/1', title: 'Your order' });
      await sees((seen) => seen.page?.url === 'https://example.org/order/1');
    });

    test('typing', async ({ skip }) => {
      const { connection, customer, capabilities, sees, customerCan, host } = line();
      skip(!capabilities.typing.in && !capabilities.typing.out, 'not declared');
      if (capabilities.typing.out) {
        connection.typing!(customer, true, 'Ann');
        await sees((seen) => seen.typing === true);
        connection.typing!(customer, false, 'Ann');
        await sees((seen) => seen.typing === false);
      }
      if (capabilities.typing.in) {
        await customerCan('typing')(true);
        await expect.poll(() => host.typings.at(-1)).toEqual({ from: line().customer, active: true });
        await customerCan('typing')(false);
        await expect.poll(() => host.typings.at(-1)?.active).toBe(false);
      }
    });

    test('receipts', async ({ skip }) => {
      const {
        connection,
        customer,
        capabilities,
        sendText,
        sees,
        far,
        customerCan,
        customerWrites,
        untilReceipt,
      } = line();
      const { delivered, read, markRead } = capabilities.receipts;
      skip(!delivered && !read && !markRead, 'not declared');
      const id = await sendText('did it arrive?');
      if (delivered) {
        await far.customerDoes.delivered?.(id);
        const receipt = await untilReceipt(id, 'delivered');
        expect(receipt.from).toEqual(customer);
      }
      if (read) {
        await customerCan('read')(id);
        await untilReceipt(id, 'read');
      }
      if (markRead) {
        const theirs = await customerWrites('did you read it?');
        connection.markRead!(customer, theirs.id);
        await sees((seen) => seen.readUpTo === theirs.id);
      }
    });
  });
}

const kinds: readonly MediaKind[] = ['image', 'audio', 'voice', 'video', 'file', 'sticker'];

function describeMedia(line: () => ConformanceLine): void {
  describe('media', () => {
    for (const kind of kinds) {
      test(`${kind} to the customer`, async ({ skip }) => {
        const { capabilities, sendContent, sees, host } = line();
        const capability = capabilities.media[kind];
        skip(capability === undefined, 'not declared');
        const mimeType = exampleType(capability!);
        const bytes = Buffer.from(`bytes of the ${kind} to the customer`);
        const media = host.addMedia(bytes, mimeType, `example.${mimeType.split('/')[1]}`);
        const caption = capability!.maxCaption > 0 ? { caption: `a ${kind}` } : {};
        const id = await sendContent({ kind, media, ...caption });
        const shown = await sees((seen) => seen.id === id && seen.media !== undefined);
        expect(Buffer.from(shown.media!.bytes).equals(bytes)).toBe(true);
        expect(shown.media!.mimeType).toBe(mimeType);
        if (caption.caption !== undefined) await sees((seen) => seen.text === caption.caption);
      });

      test(`${kind} from the customer`, async ({ skip }) => {
        const { capabilities, far, untilMessage, connection, host } = line();
        const capability = capabilities.media[kind];
        const { media } = far.customerDoes;
        skip(capability === undefined || media === undefined, 'the network has none');
        const mimeType = exampleType(capability!);
        const bytes = Buffer.from(`bytes of the ${kind} from the customer`);
        const fileName = `from-customer-${kind}.${mimeType.split('/')[1]}`;
        const before = host.events.length;
        expect(await media!({ kind, bytes, mimeType, fileName })).toBe('acknowledged');
        const event = await untilMessage(
          (message) =>
            message.content !== undefined &&
            'media' in message.content &&
            host.events.slice(before).some((each) => each.kind === 'message' && each.message === message),
        );
        const { content } = event.message;
        if (content === undefined || !('media' in content)) throw new Error('no media');
        expect(content.media.mimeType).toBe(mimeType);
        const opened =
          content.media.source.type === 'channel'
            ? await connection.fetchMedia!(content.media.source.reference)
            : await host.media.fetch(content.media.source.type === 'url' ? content.media.source.url : '', {
                trustedOrigins: [
                  new URL(content.media.source.type === 'url' ? content.media.source.url : '').origin,
                ],
              });
        expect(Buffer.concat(await opened.stream.toArray()).equals(bytes)).toBe(true);
      });
    }

    test('that we never made cannot be fetched', async ({ skip }) => {
      const { connection, failureOf } = line();
      skip(connection.fetchMedia === undefined, 'the module makes no references');
      for (const reference of ['', 'no-such-thing', '../../etc/passwd', 'http://127.0.0.1:1/']) {
        const failure = await failureOf(() => connection.fetchMedia!(reference));
        expect(failure.kind).not.toBe('retry');
      }
    });
  });
}

function exampleType(capability: MediaCapability): string {
  const first = capability.mimeTypes[0]!;
  const examples: Readonly<Record<string, string>> = {
    '*/*': 'application/pdf',
    'image/*': 'image/png',
    'audio/*': 'audio/ogg',
    'video/*': 'video/mp4',
    'text/*': 'text/plain',
    'application/*': 'application/pdf',
  };
  return examples[first] ?? first;
}

function describeTrouble(line: () => ConformanceLine): void {
  describe('trouble', () => {
    test('each failure of the network has its kind, and the line works after it', async () => {
      const { far, failureOf, connection, customer, outgoing, sendText, sees } = line();
      for (const failure of far.failures ?? []) {
        const restore = failure.arrange();
        const text = `lost to: ${failure.name}`;
        try {
          const error = await failureOf(() =>
            connection.send(customer, outgoing({ content: { kind: 'text', text } })),
          );
          expect.soft({ kind: error.kind, certain: error.certain }, failure.name).toEqual({
            kind: failure.kind,
            certain: failure.certain,
          });
          if (failure.retryAfterMs !== undefined) expect.soft(error.retryAfterMs).toBe(failure.retryAfterMs);
          expect.soft(error.reason.length, failure.name).toBeGreaterThan(0);
          if (failure.certain) expect.soft(far.seen().some((seen) => seen.text === text)).toBe(false);
        } finally {
          restore();
        }
        await sendText(`well again after: ${failure.name}`);
        await sees((seen) => seen.text === `well again after: ${failure.name}`);
      }
    });

    test('hostile input gives no event, and the line works after it', async ({ skip }) => {
      const { far, host, customerWrites } = line();
      skip(far.hostile === undefined, 'the network brings its own');
      for (const act of far.hostile?.(host) ?? []) {
        const before = host.events.length;
        try {
          await act.run();
        } catch (error) {
          throw new Error(`hostile act: ${act.name}`, { cause: error });
        }
        if (act.mayGiveEvents !== true) {
          // Receipts of what was sent before may still come in.
          const ours = new Set(far.seen().map((seen) => seen.id));
          const isLate = (event: ChannelEvent) => event.kind === 'receipt' && ours.has(event.target);
          const given = host.events.slice(before).filter((event) => !isLate(event));
          expect.soft(given, act.name).toEqual([]);
        }
        await customerWrites(`unharmed by: ${act.name}`);
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });

    test('every event is well-formed', () => {
      for (const event of line().host.events) {
        expect(event.id).toMatch(/^\P{Cc}{1,255}$/u);
        expect(event.from.id).toMatch(/^\P{Cc}{1,512}$/u);
        expect(Number.isInteger(event.at) && Math.abs(event.at - Date.now()) < 366 * 86_400_000).toBe(true);
        expect(JSON.stringify(event)).not.toMatch(/\\ud[89a-f]/);
      }
    });
  });
}

function describeEnd(harness: ChannelHarness, line: () => ConformanceLine): void {
  describe('at the end', () => {
    test('close leaves nothing running, and may be called twice', async () => {
      const { connection, customer, far, outgoing, failureOf, pendingTimers } = line();
      await connection.close();
      await connection.close();
      const failure = await failureOf(() =>
        connection.send(customer, outgoing({ content: { kind: 'text', text: 'too late' } })),
      );
      expect(failure.certain).toBe(true);
      expect(pendingTimers()).toBe(0);
      await expect.poll(() => far.openConnections?.() ?? 0).toBe(0);
      expect(far.seen().some((seen) => seen.text === 'too late')).toBe(false);
    });

    test('no secret was in a log, an error or the shown parameters', () => {
      const { far, host, errors } = line();
      const shown = JSON.stringify(redact(harness.module.parameters, far.parameters));
      for (const secret of far.secrets) {
        expect(secret.length).toBeGreaterThan(5);
        for (const written of [
          ...host.logger.lines,
          ...errors,
          ...host.states.map((s) => JSON.stringify(s)),
        ]) {
          expect(written).not.toContain(secret);
        }
        expect(shown).not.toContain(secret);
      }
      if (far.secrets.length > 0) expect(shown).toContain(secretShown);
    });

    test('no text and no address of a customer was logged at info or above', () => {
      const { host, customer } = line();
      const visible = host.logger.lines.filter((each) => !each.startsWith('debug'));
      for (const written of visible) {
        expect(written).not.toContain(customer.id);
        for (const text of ['said once', 'number 3', 'sent twice']) expect(written).not.toContain(text);
      }
    });
  });
}
