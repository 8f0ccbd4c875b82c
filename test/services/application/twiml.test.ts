import fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { as, type QueueId } from '../../../src/platform/ids.ts';
import type { AnswerContext } from '../../../src/services/application/answer-context.ts';
import { AnswerFault } from '../../../src/services/application/answer-fault.ts';
import { collapse } from '../../../src/services/application/twiml/xml-tree.ts';
import { readTwiml } from '../../../src/services/application/twiml/read-twiml.ts';

const context: AnswerContext = {
  url: 'https://ivr.acme.example/voice/start?lang=en',
  queue: as<QueueId>('support'),
  queueNamed: (name) => (name === 'billing' || name === 'Billing desk' ? as<QueueId>('billing') : undefined),
};
const { VoiceResponse, MessagingResponse } = twilio.twiml;
const read = (answer: { toString(): string }): unknown => readTwiml(answer.toString(), context);
const inside = (verbs: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;

describe('answers made with npm twilio', () => {
  it('say, play, pause and hang up', () => {
    const answer = new VoiceResponse();
    answer.say({ voice: 'Polly.Joanna', language: 'en-US', loop: 2 }, 'Fish & chips <now>');
    answer.play('/music.mp3');
    answer.play({ loop: 0 }, 'https://cdn.example/a.mp3');
    answer.pause({ length: 20 });
    answer.pause();
    answer.hangup();
    expect(read(answer)).toEqual([
      { do: 'say', text: 'Fish & chips <now>' },
      { do: 'play', url: 'https://ivr.acme.example/music.mp3' },
      { do: 'play', url: 'https://cdn.example/a.mp3' },
      { do: 'pause', ms: 20_000 },
      { do: 'pause', ms: 1000 },
      { do: 'end' },
    ]);
  });

  it('say with how it is to be spoken: the words are left', () => {
    const answer = new VoiceResponse();
    const say = answer.say('Your order');
    say.break({ strength: 'weak', time: '100ms' });
    say.emphasis({ level: 'strong' }, 'is ready');
    say.prosody({ pitch: '-10%' }, 'today.');
    expect(read(answer)).toEqual([{ do: 'say', text: 'Your order is ready today.' }]);
  });

  it('gather: the question, how long it stands, and who gets the answer', () => {
    const answer = new VoiceResponse();
    const gather = answer.gather({
      input: ['dtmf'],
      numDigits: 1,
      timeout: 5,
      action: '/voice/menu',
      method: 'GET',
    });
    gather.say('For billing, send 1.');
    gather.pause({ length: 1 });
    gather.say('For support, send 2.');
    answer.say('We did not hear from you.');
    expect(read(answer)).toEqual([
      {
        do: 'ask',
        name: 'gather',
        text: 'For billing, send 1.\nFor support, send 2.',
        answer: { kind: 'free', maxLength: 1 },
        attempts: 1,
        timeoutMs: 60_000,
        action: 'https://ivr.acme.example/voice/menu#method=GET',
      },
      { do: 'say', text: 'We did not hear from you.' },
    ]);
  });

  it('gather in words, without an action: the same document is asked again, also when nothing came', () => {
    const answer = new VoiceResponse();
    const gather = answer.gather({ input: ['dtmf', 'speech'], numDigits: 4, actionOnEmptyResult: true });
    gather.say('What is it about?');
    expect(read(answer)).toEqual([
      {
        do: 'ask',
        name: 'gather',
        text: 'What is it about?',
        answer: { kind: 'free' },
        attempts: 1,
        timeoutMs: 300_000,
        action: context.url,
        otherwise: [{ do: 'redirect', url: context.url }],
      },
    ]);
  });

  it('gather whose question stands before it, or is played', () => {
    const answer = new VoiceResponse();
    answer.say('Your order number?');
    const gather = answer.gather({
      action: '/order',
      partialResultCallback: '/so-far',
      partialResultCallbackMethod: 'POST',
    });
    gather.play('/beep.mp3');
    const about = { name: 'gather', answer: { kind: 'free' }, attempts: 1, timeoutMs: 300_000 };
    expect(read(answer)).toEqual([
      { do: 'say', text: 'Your order number?' },
      { do: 'play', url: 'https://ivr.acme.example/beep.mp3' },
      { do: 'ask', text: '', ...about, action: 'https://ivr.acme.example/order' },
    ]);
  });

  it('enqueue by name, with wait document, action and size', () => {
    const answer = new VoiceResponse();
    answer.enqueue(
      {
        action: 'after',
        method: 'POST',
        waitUrl: '/wait',
        waitUrlMethod: 'GET',
      },
      'Billing desk',
    );
    answer.leave();
    expect(read(answer)).toEqual([
      {
        do: 'enqueue',
        queue: 'billing',
        waitApplication: 'https://ivr.acme.example/wait#method=GET',
        action: 'https://ivr.acme.example/voice/after#method=POST',
      },
      { do: 'leave' },
    ]);
  });

  it('enqueue with a task: attributes, priority, and how long the customer waits', () => {
    const answer = new VoiceResponse();
    answer
      .enqueue({ workflowSid: 'billing' })
      .task({ priority: 5, timeout: 200 }, JSON.stringify({ account: '12 & 13', vip: true }));
    expect(read(answer)).toEqual([
      {
        do: 'enqueue',
        queue: 'billing',
        attributes: { account: '12 & 13', vip: true },
        priority: 5,
        timeoutMs: 200_000,
      },
    ]);
  });

  it('enqueue without a name: the queue of the line', () => {
    const answer = new VoiceResponse();
    answer.enqueue({});
    expect(read(answer)).toEqual([{ do: 'enqueue', queue: 'support' }]);
  });

  it('redirect, to another document or to the same one', () => {
    const answer = new VoiceResponse();
    answer.redirect({ method: 'GET' }, '../other?x=1&y=2');
    answer.redirect('');
    expect(read(answer)).toEqual([
      { do: 'redirect', url: 'https://ivr.acme.example/other?x=1&y=2#method=GET' },
      { do: 'redirect', url: context.url },
    ]);
  });

  it('messages with text and files', () => {
    const answer = new MessagingResponse();
    answer.message('Just text');
    const message = answer.message({}, '');
    message.body('With a picture');
    message.media('https://cdn.example/a.png');
    expect(read(answer)).toEqual([
      { do: 'say', text: 'Just text' },
      { do: 'say', text: 'With a picture' },
      { do: 'play', url: 'https://cdn.example/a.png' },
    ]);
  });

  it('say whatever there is to say', () => {
    const words = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
      .filter((text) => collapse(text) !== '' && !/[\u0000-\u001f\ufffe\uffff]/.test(text));
    fc.assert(
      fc.property(words, (text) => {
        const answer = new VoiceResponse();
        answer.say(text);
        expect(read(answer)).toEqual([{ do: 'say', text: collapse(text) }]);
      }),
    );
  });
});

describe('what is wrong is said with its place', () => {
  const table: readonly (readonly [what: string, xml: string, message: RegExp])[] = [
    ['no XML', 'Hello', /line 1, column \d+: /],
    ['XML that ends too soon', '<Response><Say>Hello', /line 1, column \d+: .*unclosed/i],
    ['another root', '<Reply/>', /line 1, column \d+: Reply: .*expected Response/],
    ['an unknown verb', inside('\n  <Dial>+1555</Dial>'), /line 2, column \d+: Dial: no such verb/],
    ['a verb in lower case', inside('<say>Hi</say>'), /say: no such verb/],
    [
      'an unknown attribute',
      inside('<Say loud="yes">Hi</Say>'),
      /Say: found the attribute loud, expected only voice, language, loop/,
    ],
    ['a wrong number', inside('<Pause length="long"/>'), /Pause: length: .*whole number from 0 to 86400/],
    ['a number out of range', inside('<Pause length="86401"/>'), /Pause: length/],
    ['a wrong method', inside('<Redirect method="PUT">/x</Redirect>'), /Redirect: method: .*GET or POST/],
    [
      'a wrong input',
      inside('<Gather input="fax"><Say>?</Say></Gather>'),
      /Gather: input: .*dtmf, speech or both/,
    ],
    [
      'a verb at the wrong place',
      inside('<Gather><Say>?</Say><Hangup/></Gather>'),
      /Hangup: found it inside Gather, expected Say, Play, Pause/,
    ],
    ['digits to play', inside('<Play digits="12"/>'), /Play: found the attribute digits/],
    ['no URL', inside('<Play>ftp://x/y</Play>'), /Play: .*http or https URL/],
    ['a URL with a password', inside('<Redirect>https://a:b@c.example/</Redirect>'), /Redirect: .*user name/],
    ['a queue that is not there', inside('<Enqueue>sales</Enqueue>'), /Enqueue: there is no queue sales/],
    ['a task without JSON', inside('<Enqueue><Task>{vip}</Task></Enqueue>'), /Task: text: .*JSON object/],
    ['a task with a list', inside('<Enqueue><Task>[1]</Task></Enqueue>'), /Task: .*JSON object/],
    ['two tasks', inside('<Enqueue><Task>{}</Task><Task>{}</Task></Enqueue>'), /Task: found a second one/],
    ['an empty Say', inside('<Say> </Say>'), /Say: found no text/],
    [
      'a Say too long',
      inside(`<Say>${'x'.repeat(4097)}</Say>`),
      /Say: .*4097 characters, expected at most 4096/,
    ],
    ['text between verbs', inside('Hello'), /Response: found text between the verbs/],
    ['a message elsewhere', inside('<Message to="+1555">Hi</Message>'), /Message: found the attribute to/],
    ['attributes of Response', '<Response x="1"/>', /Response: found the attribute x/],
    ['a document type', '<!DOCTYPE r [<!ENTITY a "b">]><Response/>', /document type/],
    ['entities of its own', inside('<Say>&bomb;</Say>'), /line 1, column \d+: /],
    ['too much nesting', inside(`<Say>${'<p>'.repeat(9)}x${'</p>'.repeat(9)}</Say>`), /too deep/],
    ['too many elements', inside('<Pause/>'.repeat(1001)), /more than 1000 elements/],
  ];
  it.each(table)('%s', (_, xml, message) => {
    expect(() => readTwiml(xml, context)).toThrow(AnswerFault);
    expect(() => readTwiml(xml, context)).toThrow(message);
  });

  it('and whatever comes, it is instructions or a fault', () => {
    const pieces = fc.constantFrom(
      '<Response>',
      '</Response>',
      '<Say>',
      '</Say>',
      '<Gather ',
      'input="dtmf"',
      '>',
      '</Gather>',
      '<Enqueue>',
      'billing',
      '</Enqueue>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '&amp;',
      '&',
      '"',
      '<?x?>',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        try {
          expect(Array.isArray(readTwiml(parts.join(''), context))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(AnswerFault);
        }
      }),
    );
  });
});
