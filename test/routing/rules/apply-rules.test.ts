import { describe, expect, it } from 'vitest';
import { rules as schema } from '../../../src/config/rules-schema.ts';
import { declaredRules } from '../../../src/config/to-rules.ts';
import { applyRules } from '../../../src/routing/rules/apply-rules.ts';
import { compileRules, faultsOf } from '../../../src/routing/rules/compile-rules.ts';
import type { RuleFacts } from '../../../src/routing/rules/rule-facts.ts';

const names = { calendars: ['office'], queues: ['support', 'sales'] };
const facts: RuleFacts = {
  identifier: '',
  line: 'front',
  network: 'sms',
  media: [],
  app: { client: '', language: '', parameters: {} },
  contact: { id: '', name: '', phone: '', address: '', details: {}, sessions: 0 },
  attributes: {},
  language: 'fr',
  hours: { office: 'open' },
  load: {},
  text: 'a secret of the customer',
  now: 0,
};
const apply = (rules: object[], more: Partial<RuleFacts> = {}) =>
  applyRules(compileRules(declaredRules(schema.parse(rules)), names), { ...facts, ...more });

describe('rules', () => {
  it('the first that matches decides', () => {
    const result = apply([
      { name: 'web', when: 'network == "web"', queue: 'sales' },
      { name: 'sms', when: 'network == "sms"', queue: 'support', priority: 3 },
      { name: 'all', queue: 'sales' },
    ]);
    expect(result).toMatchObject({ queue: 'support', priority: 3, matched: ['sms'] });
    expect(result.looked).toEqual([
      { rule: 'web', outcome: 'not matched' },
      { rule: 'sms', outcome: 'matched' },
    ]);
  });

  it('with continue those after it add what they give, and the later word stands', () => {
    const ring = { afterSeconds: 60, dropSkills: ['french'] };
    const result = apply([
      {
        name: 'french',
        when: 'language == "fr"',
        requiredSkills: { french: 3 },
        rings: [ring],
        priority: 1,
        continue: true,
      },
      { name: 'web', when: 'network == "web"', queue: 'sales', continue: true },
      { name: 'sms', queue: 'support', requiredSkills: { billing: 1 }, priority: 2 },
      { name: 'never', queue: 'sales' },
    ]);
    expect(result).toMatchObject({
      matched: ['french', 'sms'],
      queue: 'support',
      priority: 2,
      required: { french: 3, billing: 1 },
      rings: [{ afterMs: 60_000, dropSkills: ['french'] }],
    });
  });

  it('where none matches nothing is given', () => {
    expect(apply([{ name: 'web', when: 'network == "web"', queue: 'sales' }])).toMatchObject({
      matched: [],
      required: {},
      overflow: [],
    });
  });

  it('what is not there is no match; what cannot be decided is told without what it looked at', () => {
    const result = apply(
      [
        { name: 'absent', when: 'attributes.topic == "billing"', queue: 'sales' },
        { name: 'broken', when: 'int(text) > 1', queue: 'sales' },
        { name: 'wrong', when: 'attributes.age > 18', queue: 'sales' },
        { name: 'last', queue: 'support' },
      ],
      { attributes: { age: 'a secret of the customer' } },
    );
    expect(result.looked).toEqual([
      { rule: 'absent', outcome: 'not matched', reason: expect.stringContaining('not there') as unknown },
      {
        rule: 'broken',
        outcome: 'failed',
        reason: expect.stringMatching(/^column \d+: int conversion error$/) as unknown,
      },
      { rule: 'wrong', outcome: 'failed', reason: expect.stringMatching(/^column \d+: /) as unknown },
      { rule: 'last', outcome: 'matched', reason: expect.any(String) as unknown },
    ]);
    expect(JSON.stringify(result)).not.toContain('secret of the customer');
  });

  it('a rule that no longer fits what the tenant has is passed over, and the others hold', () => {
    const set = declaredRules(
      schema.parse([
        { name: 'gone', when: 'hours.office == "open"', queue: 'sales' },
        { name: 'last', queue: 'support' },
      ]),
    );
    const result = applyRules(compileRules(set, { ...names, calendars: [] }), facts);
    expect(result.looked.map(({ outcome }) => outcome)).toEqual(['failed', 'matched']);
    expect(result.queue).toBe('support');
  });

  it('all of a tenant’s together may take so many steps and no more', () => {
    const when = Array.from({ length: 15 }, () => 'text.mentions("a")').join(' || ');
    const many = Array.from({ length: 60 }, () => ({ when }));
    expect(faultsOf(many, names)).toEqual([
      {
        at: expect.any(Number) as unknown,
        field: 'when',
        found: expect.stringContaining('steps') as unknown,
        expected: 'at most 8000',
      },
    ]);
    expect(faultsOf(many.slice(0, 20), names)).toEqual([]);
  });
});
