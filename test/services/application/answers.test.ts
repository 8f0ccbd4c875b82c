import { describe, expect, it } from 'vitest';
import { as, type QueueId } from '../../../src/platform/ids.ts';
import type { AnswerContext } from '../../../src/services/application/answer-context.ts';
import { AnswerFault } from '../../../src/services/application/answer-fault.ts';
import { readAnswer } from '../../../src/services/application/read-answer.ts';

const context: AnswerContext = {
  url: 'https://ivr.acme.example/start',
  queue: as<QueueId>('support'),
  queueNamed: (name) => (name === 'billing' || name === 'Billing' ? as<QueueId>('billing') : undefined),
};
const json = (instructions: unknown): { type: string; body: string } => ({
  type: 'application/json; charset=utf-8',
  body: JSON.stringify({ instructions }),
});

describe('an answer in JSON', () => {
  it('has the words of instructions, with defaults', () => {
    const answer = json([
      { do: 'say', text: ' Hello ' },
      { do: 'play', url: 'a.png', text: 'A picture' },
      {
        do: 'ask',
        text: 'Which?',
        answer: { kind: 'choice', options: [{ value: 'b', label: 'Billing' }] },
        action: '/chosen',
      },
      {
        do: 'ask',
        name: 'mail',
        text: 'Your address?',
        answer: { kind: 'email' },
        attempts: 3,
        timeoutMs: 5000,
      },
      { do: 'pause', ms: 10 },
      { do: 'set', attributes: { vip: true, tags: ['a', null] } },
      { do: 'page', url: 'https://acme.example/help' },
      { do: 'request', application: 'other', event: 'started' },
      { do: 'transfer', to: { agent: 'anna' } },
      { do: 'transfer', to: { queue: 'Billing' } },
      { do: 'leave' },
      { do: 'redirect', url: '?step=2' },
      { do: 'end', text: 'Goodbye' },
    ]);
    expect(readAnswer(answer, context)).toEqual([
      { do: 'say', text: 'Hello' },
      { do: 'play', url: 'https://ivr.acme.example/a.png', text: 'A picture' },
      {
        do: 'ask',
        name: 'answer',
        text: 'Which?',
        answer: { kind: 'choice', options: [{ value: 'b', label: 'Billing' }] },
        attempts: 2,
        timeoutMs: 300_000,
        action: 'https://ivr.acme.example/chosen',
      },
      {
        do: 'ask',
        name: 'mail',
        text: 'Your address?',
        answer: { kind: 'email' },
        attempts: 3,
        timeoutMs: 5000,
      },
      { do: 'pause', ms: 10 },
      { do: 'set', attributes: { vip: true, tags: ['a', null] } },
      { do: 'page', url: 'https://acme.example/help' },
      { do: 'request', application: 'other', event: 'started' },
      { do: 'transfer', to: { agent: 'anna' } },
      { do: 'transfer', to: { queue: 'billing' } },
      { do: 'leave' },
      { do: 'redirect', url: 'https://ivr.acme.example/start?step=2' },
      { do: 'end', text: 'Goodbye' },
    ]);
  });

  it('enqueues with all that there is', () => {
    const request = {
      queue: 'Billing',
      priority: 3,
      required: { french: 2 },
      preferred: { billing: 1 },
      attributes: { account: 12 },
      waitApplication: 'music',
      action: '/after',
      timeoutMs: 60_000,
      maxSize: 10,
    };
    expect(readAnswer(json([{ do: 'enqueue', ...request }, { do: 'enqueue' }]), context)).toEqual([
      { ...request, do: 'enqueue', queue: 'billing', action: 'https://ivr.acme.example/after' },
      { do: 'enqueue', queue: 'support' },
    ]);
  });

  const say = { do: 'say', text: 'x' };
  const table: readonly (readonly [what: string, body: unknown, message: RegExp])[] = [
    ['no list', { instructions: 'say' }, /^instructions: /],
    ['something beside', { instructions: [], more: 1 }, /unknown field \(more\)/],
    ['an unknown instruction', { instructions: [{ do: 'dance' }] }, /^instructions\.0\.do: /],
    [
      'an unknown field',
      { instructions: [say, { ...say, loud: true }] },
      /^instructions\.1: found an unknown field \(loud\)/,
    ],
    ['an empty text', { instructions: [{ ...say, text: ' ' }] }, /^instructions\.0\.text: /],
    ['a text too long', { instructions: [{ ...say, text: 'x'.repeat(4097) }] }, /^instructions\.0\.text: /],
    [
      'an unknown queue',
      { instructions: [{ do: 'enqueue', queue: 'sales' }] },
      /^instructions\.0\.queue: there is no queue sales/,
    ],
    [
      'a URL that is none',
      { instructions: [{ do: 'redirect', url: 'javascript:1' }] },
      /^instructions\.0\.url: .*http/,
    ],
    [
      'attributes too large',
      { instructions: [{ do: 'set', attributes: { a: 'x'.repeat(16_384) } }] },
      /16 KB/,
    ],
    ['too many', { instructions: Array.from({ length: 101 }, () => say) }, /^instructions: /],
  ];
  it.each(table)('is refused with its place: %s', (_, body, message) => {
    const answer = { type: 'application/json', body: JSON.stringify(body) };
    expect(() => readAnswer(answer, context)).toThrow(AnswerFault);
    expect(() => readAnswer(answer, context)).toThrow(message);
  });
});

describe('an answer is read by its type', () => {
  const twiml = '<?xml version="1.0"?><Response><Say>Hi</Say></Response>';
  const hi = [{ do: 'say', text: 'Hi' }];
  it.each([
    ['text/xml', twiml, hi],
    ['application/xml; charset=utf-8', twiml, hi],
    ['application/twiml+xml', twiml, hi],
    ['text/html; charset=utf-8', twiml, hi],
    ['text/plain', ' Hi\n', hi],
    ['', '', []],
    ['text/xml', '', []],
    ['audio/mpeg', 'never read', [{ do: 'play', url: context.url }]],
  ])('%s', (type, body, expected) => {
    expect(readAnswer({ type, body }, context)).toEqual(expected);
  });

  it.each([
    ['text/html', '<html>', /Content-Type text html/],
    ['', 'Hi', /no Content-Type/],
    ['image/png', 'x', /Content-Type image png/],
    ['application/json', '{', /no JSON/],
    ['text/plain', 'x'.repeat(4097), /more than 4096/],
    ['text/xml', `<Response>${'<Leave/>'.repeat(101)}</Response>`, /101 instructions, expected at most 100/],
  ])('%s is refused', (type, body, message) => {
    expect(() => readAnswer({ type, body }, context)).toThrow(AnswerFault);
    expect(() => readAnswer({ type, body }, context)).toThrow(message);
  });
});
