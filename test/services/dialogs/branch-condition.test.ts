import { describe, expect, it } from 'vitest';
import { faultWords, isFault } from '../../../src/conditions/condition.ts';
import { branchCondition } from '../../../src/services/dialogs/branch-condition.ts';

const facts = {
  answers: { topic: 'billing', count: 3, price: 2.5, member: true, missing: null, list: ['a', 'b'] },
  language: 'en',
  network: 'sms',
};

describe('the condition of a branch', () => {
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
    ['answers.topic.mentions(["invoice", "Billing"])', true],
    ['answers["topic"] == "billing"', true],
  ])('%s is %s', (written, expected) => {
    const condition = branchCondition(written);
    if (isFault(condition)) throw new Error(faultWords(condition));
    expect(condition.holds(facts)).toBe(expected);
  });

  it.each<[string, RegExp]>([
    ['', /^column 1: /],
    ['answers.', /^column \d+: /],
    ['network == "sms" && unknown == 1', /^column 21: Unknown variable: unknown/],
    ['network ==\n  "sms" @', /^line 2, column \d+: /],
    ['1 + 1', /it gives int, not true or false/],
    ['constructor', /^column 1: Unknown variable: constructor/],
    ['answers.topic.matches(".*")', /matches cannot be used here: there are no regular expressions/],
    ['answers.list.exists(one, one == "a")', /exists cannot be used here/],
    ['answers.list.map(one, one).size() > 1', /map cannot be used here/],
    [Array.from({ length: 30 }, () => 'network.mentions("a")').join(' || '), /it takes \d+ steps/],
    [`${'('.repeat(200)}true${')'.repeat(200)}`, /./],
    [Array.from({ length: 150 }, () => 'true').join(' && '), /./],
    [`network == "${'x'.repeat(1000)}"`, /it is longer than 1000 signs/],
    ['"a".', /./],
  ])('is refused with the place and the reason: %s', (written, reason) => {
    const condition = branchCondition(written);
    if (!isFault(condition)) throw new Error('no fault');
    expect(faultWords(condition)).toMatch(reason);
  });

  it('tells which answers it looks at', () => {
    const condition = branchCondition('answers.topic == "x" || answers["count"] > 2 && has(answers.price)');
    expect(isFault(condition) ? [] : [...condition.answers].sort()).toEqual(['count', 'price', 'topic']);
  });
});
