import { describe, expect, it } from 'vitest';
import type { AgentWork } from '../../src/directory/agent-work.ts';
import { createHours } from '../../src/routing/hours/hours.ts';
import { nextShift } from '../../src/sessions/shifts/next-shift.ts';
import { office } from './calendars.ts';

const hours = createHours(office());
const at = (text: string): number => Date.parse(`2026-01-${text}:00+01:00`);
const work = (more: Partial<AgentWork>): AgentWork => ({
  sessions: [],
  availability: 'offline',
  changedAt: 0,
  ...more,
});
const ended = { isOn: false, nextAt: at('16T09:00') };
const begun = { isOn: true, nextAt: at('15T17:00') };

describe('what a schedule makes of an agent', () => {
  it.each([
    ['of whom nothing is known', undefined, '15T13:00', 'available'],
    ['of whom nothing is known, out of hours', undefined, '15T18:00', 'offline'],
    [
      'who said something before there was one',
      work({ availableSince: at('14T12:00') }),
      '15T13:00',
      undefined,
    ],
    ['when the hours begin', work({ shift: ended, saidAt: at('15T18:00') }), '16T09:00', 'available'],
    ['when they end', work({ shift: begun, saidAt: at('15T12:00') }), '15T17:00', 'offline'],
    ['within them', work({ shift: begun, saidAt: at('15T12:00') }), '15T13:00', undefined],
    ['when nobody looked at the beginning', work({ shift: ended }), '16T11:00', 'available'],
    [
      'who said something since a beginning that nobody saw',
      work({ shift: ended, saidAt: at('16T10:00') }),
      '16T11:00',
      undefined,
    ],
  ])('%s', (_, before, now, expected) => {
    expect(nextShift(before, hours, at(now)).becomes).toBe(expected);
  });

  it('looks again when it changes, at the latest after a day', () => {
    expect(nextShift(undefined, hours, at('15T13:00'))).toMatchObject({
      lookAt: at('15T17:00'),
      state: begun,
    });
    expect(nextShift(undefined, hours, at('16T18:00')).lookAt).toBe(at('17T18:00'));
  });
});
