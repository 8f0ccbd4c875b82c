import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { addAttempt, type AttemptTrail } from '../../../src/delivery/attempt-trail.ts';
import type { DeliveryRecord, ReceiptStatus } from '../../../src/delivery/delivery.ts';
import { as } from '../../../src/platform/ids.ts';
import type { LedgerFacts } from '../../../src/sessions/ledger/ledger-facts.ts';
import { ledgerWords } from '../../../src/sessions/ledger/ledger-words.ts';
import { timelineOf, type Step } from '../../../src/sessions/ledger/timeline.ts';
import { verdictOf } from '../../../src/sessions/ledger/verdict.ts';
import {
  at,
  fromAgent,
  fromCustomer,
  keptBackFact,
  setAsideFact,
  toLine,
  toRoom,
  waitingFact,
} from './records.ts';

const failed = (number: number, seconds: number, more = {}) => ({
  number,
  at: at(seconds),
  kind: 'retry' as const,
  reason: 'Twilio answered 503',
  certain: true,
  ...more,
});
const sent = { status: 'sent', queued: false, finishedAt: at(5), nativeId: 'n-1' } as const;
const carrier = { kind: 'permanent', reason: 'no such number', certain: true };

/** A step in a few words: seconds after noon, and what. */
function short(step: Step): string {
  const about = 'leg' in step && step.parts > 1 ? ` ${String(step.part)}/${String(step.parts)}` : '';
  const more = {
    accepted: '',
    relayed: 'to' in step ? ` to ${step.to.join('+')}` : '',
    keptBack: 'because' in step ? ` ${step.because}` : '',
    setAside: '',
    failedAttempt: 'number' in step ? ` ${String(step.number)}` : '',
    attemptsLeftOut: 'count' in step ? ` ${String(step.count)}` : '',
    taken: 'number' in step ? ` ${String(step.number)}` : '',
    receipt: 'status' in step ? ` ${step.status}` : '',
    gaveUp: 'status' in step ? ` ${step.status}` : '',
    sentAgain: '',
    dropped: '',
  }[step.step];
  return `${String((step.at - at(0)) / 1000)} ${step.step}${more}${about}`;
}

const many = Array.from({ length: 14 }, (_, index) => failed(index + 1, index + 2)).reduce<
  AttemptTrail | undefined
>(addAttempt, undefined);

const table: readonly [string, LedgerFacts, readonly string[], object][] = [
  [
    'a customer’s message that is shown',
    fromCustomer([toRoom({ ...sent, attempts: 1 })]),
    ['0 accepted', '1 relayed to room', '5 taken 1'],
    { outcome: 'sent', at: at(5) },
  ],
  [
    'an agent’s message whose reports came in another order',
    fromAgent([
      toLine({ ...sent, status: 'delivered', attempts: 1, receipts: { sent: at(8), delivered: at(7) } }),
    ]),
    ['0 accepted', '1 relayed to line', '5 taken 1', '7 receipt delivered'],
    { outcome: 'delivered', at: at(7) },
  ],
  [
    'an attempt that failed, then delivered and read',
    fromAgent([
      toLine({
        ...sent,
        status: 'read',
        attempts: 2,
        trail: { kept: [failed(1, 2, { nextAt: at(4) })] },
        receipts: { read: at(9), delivered: at(7) },
      }),
    ]),
    [
      '0 accepted',
      '1 relayed to line',
      '2 failedAttempt 1',
      '5 taken 2',
      '7 receipt delivered',
      '9 receipt read',
    ],
    { outcome: 'read', at: at(9) },
  ],
  [
    'one that waits for its next attempt',
    fromAgent([
      toLine({
        attempts: 1,
        nextAttemptAt: at(9),
        failure: { ...carrier, reason: 'busy' },
        trail: { kept: [failed(1, 2)] },
      }),
    ]),
    ['0 accepted', '1 relayed to line', '2 failedAttempt 1'],
    { outcome: 'pending', why: 'busy', nextAttemptAt: at(9) },
  ],
  [
    'one that failed, was sent again and arrived',
    fromAgent([
      toLine({
        status: 'failed',
        queued: false,
        finishedAt: at(2),
        failure: carrier,
        trail: { kept: [failed(1, 2)] },
      }),
      toLine({ ...sent, id: as('d1.r1'), retryOf: as('d1'), createdAt: at(4), attempts: 1 }),
    ]),
    ['0 accepted', '1 relayed to line', '2 failedAttempt 1', '2 gaveUp failed', '4 sentAgain', '5 taken 1'],
    { outcome: 'sent', at: at(5) },
  ],
  [
    'one that the network took and then failed',
    fromAgent([
      toLine({ ...sent, status: 'failed', attempts: 1, failure: carrier, receipts: { failed: at(8) } }),
    ]),
    ['0 accepted', '1 relayed to line', '5 taken 1', '8 receipt failed'],
    { outcome: 'failed', at: at(8), why: 'no such number' },
  ],
  [
    'of two parts, one of which is not through',
    fromAgent(
      [toLine({ ...sent, status: 'read', attempts: 1, receipts: { read: at(6) } }, 1, 2)],
      [
        toLine(
          { status: 'unclear', queued: false, finishedAt: at(7), failure: carrier, droppedAt: at(9) },
          2,
          2,
        ),
      ],
    ),
    [
      '0 accepted',
      '1 relayed to line',
      '5 taken 1 1/2',
      '6 receipt read 1/2',
      '7 gaveUp unclear 2/2',
      '9 dropped 2/2',
    ],
    { outcome: 'unclear', at: at(7), why: 'no such number' },
  ],
  [
    'one with more attempts than are kept',
    fromAgent([toLine({ attempts: 14, trail: many! })]),
    [
      '0 accepted',
      '1 relayed to line',
      ...[1, 2, 3, 4, 5].map((number) => `${String(number + 1)} failedAttempt ${String(number)}`),
      '6 attemptsLeftOut 4',
      ...[10, 11, 12, 13, 14].map((number) => `${String(number + 1)} failedAttempt ${String(number)}`),
    ],
    { outcome: 'pending' },
  ],
  [
    'a receipt that overtook the network’s answer',
    fromAgent([toLine({ ...sent, status: 'delivered', attempts: 1, receipts: { delivered: at(3) } })]),
    ['0 accepted', '1 relayed to line', '5 taken 1', '5 receipt delivered'],
    { outcome: 'delivered', at: at(5) },
  ],
  ['one kept back', keptBackFact, ['0 accepted', '1 keptBack opted-out'], { outcome: 'keptBack' }],
  ['one in quarantine', setAsideFact, ['0 accepted', '2 setAside'], { outcome: 'setAside' }],
  ['one whose turn has not come', waitingFact, ['0 accepted'], { outcome: 'waiting' }],
  [
    'one that the network cannot show',
    fromAgent(),
    ['0 accepted', '1 relayed to '],
    { outcome: 'nothingSent' },
  ],
  [
    'one whose deliveries are forgotten',
    { ...fromAgent(), fate: 'relayed', decidedAt: at(1), tries: [], forgotten: true },
    ['0 accepted', '1 relayed to '],
    { outcome: 'forgotten' },
  ],
];

describe('the way and the verdict of', () => {
  it.each(table)('%s', (_name, facts, steps, verdict) => {
    expect(timelineOf(facts).map(short)).toEqual(steps);
    expect(verdictOf(facts)).toMatchObject(verdict);
    const words = ledgerWords(facts, { now: at(100), nameOf: () => 'Anna' });
    expect(words.join()).not.toContain('secret');
    expect(words.join()).not.toContain('cora');
    expect(words.every((line) => /^[A-Z].*\.$/s.test(line))).toBe(true);
  });

  it.each([
    [{ kind: 'unauthorised', certain: true }, /attempt 1 failed 12:00:02: /],
    [{ kind: 'interrupted', certain: false }, /attempt 1 failed 12:00:02 \(it may have gone out\): /],
  ] as const)('an attempt in words: %j', (more, said) => {
    const facts = fromAgent([toLine({ attempts: 1, trail: { kept: [failed(1, 2, more)] } })]);
    expect(ledgerWords(facts, { now: at(100), nameOf: () => 'Anna' })[1]).toMatch(said);
  });
});

const time = fc.integer({ min: 0, max: 50 }).map(at);
const anyDelivery = fc
  .record({
    createdAt: time,
    finishedAt: time,
    status: fc.constantFrom<DeliveryRecord['status'][]>(
      'pending',
      'sending',
      'sent',
      'delivered',
      'read',
      'failed',
      'unclear',
    ),
    native: fc.boolean(),
    attempts: fc.array(time, { maxLength: 14 }),
    receipts: fc.dictionary(
      fc.constantFrom<ReceiptStatus[]>('sent', 'delivered', 'read', 'failed', 'unclear'),
      time,
    ),
    droppedAt: fc.option(time, { nil: undefined }),
    room: fc.boolean(),
    retry: fc.boolean(),
  })
  .map(({ attempts, native, room, retry, droppedAt, ...rest }) => {
    const trail = attempts
      .map((when, index) => ({ ...failed(index + 1, 0), at: when }))
      .reduce<AttemptTrail | undefined>(addAttempt, undefined);
    return (room ? toRoom : toLine)({
      ...rest,
      attempts: attempts.length,
      ...(trail === undefined ? {} : { trail }),
      ...(native ? { nativeId: 'n-1' } : {}),
      ...(retry ? { retryOf: as('d0') } : {}),
      ...(droppedAt === undefined ? {} : { droppedAt }),
    });
  });

test('whatever the clocks said, the timeline never goes backwards, and an answer comes before its receipts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyDelivery, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
      time,
      time,
      (tries, acceptedAt, decidedAt) => {
        const named = tries.map((chain, index) =>
          chain.map((one, retry) => ({ ...one, id: as<never>(`d${String(index)}.r${String(retry)}`) })),
        );
        const facts = { ...fromAgent(...named), acceptedAt, decidedAt } as LedgerFacts;
        const steps = timelineOf(facts);
        expect(steps.map(({ at: when }) => when)).toEqual(
          steps.map(({ at: when }) => when).sort((a, b) => a - b),
        );
        expect(steps.slice(0, 2).map(({ step }) => step)).toEqual(['accepted', 'relayed']);
        for (const one of named.flat()) {
          const own = steps.filter((step) => 'delivery' in step && step.delivery === one.id);
          const end = own.findIndex(({ step }) => step === 'taken' || step === 'gaveUp');
          const firstReceipt = own.findIndex(({ step }) => step === 'receipt');
          const lastAttempt = own.findLastIndex(({ step }) => step === 'failedAttempt');
          if (end !== -1) expect(lastAttempt).toBeLessThan(end);
          if (end !== -1 && firstReceipt !== -1) expect(end).toBeLessThan(firstReceipt);
        }
        expect(() => ledgerWords(facts, { now: at(60), nameOf: () => 'Anna' })).not.toThrow();
      },
    ),
    { numRuns: 1000 },
  );
});
