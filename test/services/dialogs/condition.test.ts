import { describe, expect, it } from 'vitest';
import { readCondition } from '../../../src/services/dialogs/condition.ts';

const facts = {
  answers: { topic: 'billing', count: 3, price: 2.5, member: true, missing: null, list: ['a', 'b'] },
  language: 'en',
  network: 'sms',
};

describe('a condition', () => {
  it.each<[string, boolean]>([
    ['answers.topic == "billing"', true],
    ['answers.topic in ["sales", "billing"]', true],
    ['answers.topic == "sales" || network == "sms"', true],
    ['answers.count > 2 && answers.count <= 3', true],
    ['answers.count == 3', true],
    ['answers.count == 3.0', true],
    ['answers.price > 2', true],
    ['answers.member', true],
    ['!answers.member', false],
    ['answers.missing == "x"', false],
    ['answers.missing > 2', false],
    ['answers.unknown == "x"', false],
    ['has(answers.unknown)', false],
    ['answers.topic > 2', false],
    ['"a" in answers.list', true],
    ['language.startsWith("en")', true],
    ['answers.topic.contains("ill")', true],
  ])('%s is %s', (written, expected) => {
    const condition = readCondition(written);
    if (typeof condition === 'string') throw new Error(condition);
    expect(condition.holds(facts)).toBe(expected);
  });

  it.each(['', 'answers.', 'unknown == 1', '1 + 1', 'constructor', 'answers.topic.matches(".*")', '"a".'])(
    '%s is none',
    (written) => {
      expect(typeof readCondition(written)).toBe('string');
    },
  );

  it('cannot be made to run for long', () => {
    const deep = `${'('.repeat(200)}true${')'.repeat(200)}`;
    const wide = Array.from({ length: 2000 }, () => 'true').join(' && ');
    expect([deep, wide].map((written) => typeof readCondition(written))).toContain('string');
  });
});
