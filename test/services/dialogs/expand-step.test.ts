import { expect, it } from 'vitest';
import type { Dialog } from '../../../src/directory/dialog.ts';
import { expandStep } from '../../../src/services/dialogs/expand-step.ts';

const facts = { language: 'en', network: 'sms', queue: 'support' };
/** As the store may still have it, though nobody could save it today. */
const dialogWith = (...conditions: readonly string[]): Dialog => ({
  languages: ['en'],
  agentWords: [],
  steps: [
    { name: 'which', do: 'branch', cases: conditions.map((when) => ({ when, to: 'end' })) },
    { name: 'end', do: 'end' },
  ],
});
const at = (dialog: Dialog): unknown => expandStep('welcome', dialog, 'which', { tags: ['vip'] }, facts);

it('a condition that cannot be read any more leads to a human, with the place', () => {
  expect(at(dialogWith('answers.tags.exists(tag, tag == "vip")'))).toEqual([
    {
      do: 'human',
      reason: expect.stringMatching(
        /^The dialog welcome cannot go on at its step which: column \d+: exists cannot be used here/,
      ) as string,
    },
  ]);
});

it('what stands before it counts', () => {
  expect(at(dialogWith('"vip" in answers.tags', 'answers.tags.exists(tag, tag == "vip")'))).toEqual([
    { do: 'dialog', dialog: 'welcome', step: 'end' },
  ]);
});

it('half a character in what was looked up does not keep a dialog from going on', () => {
  const dialog: Dialog = {
    languages: ['en'],
    agentWords: [],
    steps: [{ name: 'which', do: 'page', url: 'https://acme.example/{name}' }],
  };
  expect(expandStep('welcome', dialog, 'which', { name: 'a\ud83d' }, facts)).toEqual([
    { do: 'page', url: 'https://acme.example/a%EF%BF%BD' },
  ]);
});
