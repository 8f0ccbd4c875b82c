import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adapt, type AdaptContext } from '../../src/message/adapt.ts';
import type { Capabilities } from '../../src/message/capabilities.ts';
import type { MediaContent, Message } from '../../src/message/message.ts';
import { textLength } from '../../src/message/text-length.ts';
import { capabilities, message, text } from './arbitraries.ts';

/** What a network would refuse, written from the capabilities' meaning and not from the code. */
function violations(sent: Message, can: Capabilities, context: AdaptContext): string[] {
  const found: string[] = [];
  const check = (allowed: boolean, what: string): void => {
    if (!allowed) found.push(what);
  };
  const checkText = (value: string | undefined, limit: number, what: string): void => {
    if (value !== undefined) check(textLength(value, can.text.unit) <= limit, `${what} too long`);
  };
  const age = context.target?.ageSeconds ?? 0;
  check(sent.replyTo === undefined || can.reply, 'reply');
  check(
    sent.edits === undefined || (can.edit !== false && age <= (can.edit.maxAgeSeconds ?? Infinity)),
    'edit',
  );
  check(
    sent.retracts === undefined || (can.retract !== false && age <= (can.retract.maxAgeSeconds ?? Infinity)),
    'retract',
  );
  check(sent.reactsTo === undefined || can.react !== false, 'react');
  const { content } = sent;
  if (content === undefined) {
    check(sent.retracts !== undefined || sent.reactsTo !== undefined, 'empty message');
    return found;
  }
  switch (content.kind) {
    case 'text':
      checkText(content.text, can.text.maxLength, 'text');
      checkText(content.html, can.text.maxLength, 'html');
      check(content.html === undefined || can.formatting === 'html', 'html');
      check(content.text.trim() !== '' || content.html !== undefined, 'empty text');
      check(content.text.isWellFormed(), 'lone surrogate');
      break;
    case 'location':
      check(can.location, 'location');
      break;
    case 'contact':
      check(can.contact, 'contact');
      break;
    case 'choice':
      check(can.choice !== false && content.options.length <= can.choice.maxOptions, 'choice');
      checkText(content.text, can.text.maxLength, 'choice text');
      break;
    case 'page':
      check(can.page, 'page');
      break;
    case 'template':
      check(can.template, 'template');
      break;
    case 'chosen':
    case 'unsupported':
      found.push(content.kind);
      break;
    default:
      checkMedia(content);
  }
  return found;

  function checkMedia(media: MediaContent): void {
    const capability = can.media[media.kind];
    check(capability !== undefined, media.kind);
    check((media.media.sizeBytes ?? 0) <= (capability?.maxBytes ?? 0), 'too large');
    checkText(media.caption, capability?.maxCaption ?? 0, 'caption');
    checkText(media.captionHtml, capability?.maxCaption ?? 0, 'caption html');
    check(media.captionHtml === undefined || can.formatting === 'html', 'caption html');
  }
}

const context: fc.Arbitrary<AdaptContext> = fc.record(
  {
    signedLink: fc.constant(() => 'https://switchboard.example/media/abc'),
    target: fc.record(
      { ageSeconds: fc.integer({ min: 0, max: 2000 }), parts: fc.integer({ min: 1, max: 3 }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

describe('adapt', () => {
  it('never gives what the capabilities forbid, and never throws', () => {
    fc.assert(
      fc.property(message, capabilities, context, (m, can, c) => {
        const adapted = adapt(m, can, c);
        expect(adapted.messages.flatMap((sent) => violations(sent, can, c))).toEqual([]);
        const related = adapted.messages.filter((sent) => sent.replyTo ?? sent.edits);
        expect(related.every((sent) => sent === adapted.messages[0])).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('loses nothing without saying so', () => {
    fc.assert(
      fc.property(message, capabilities, (m, can) => {
        const adapted = adapt(m, can);
        if (m.content !== undefined && adapted.messages.length === 0) expect(adapted.lost).not.toEqual([]);
        // A page's address, an answer's label and a template's text say all that there was.
        if (['chosen', 'template', 'page'].includes(m.content?.kind ?? '')) return;
        if (adapted.messages.some((sent) => sent.content?.kind !== m.content?.kind)) {
          expect(adapted.lost).not.toEqual([]);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps every character of a plain text but white space at cuts', () => {
    const squeeze = (value: string): string => value.toWellFormed().replace(/[\s\u0000-\u001f\u007f]+/g, '');
    fc.assert(
      fc.property(text, capabilities, (value, can) => {
        const adapted = adapt({ content: { kind: 'text', text: value } }, { ...can, formatting: 'plain' });
        const said = adapted.messages
          .map((sent) => (sent.content?.kind === 'text' ? sent.content.text : ''))
          .join('');
        expect(squeeze(said)).toBe(squeeze(value));
      }),
      { numRuns: 3000 },
    );
  });
});
