import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkService, serviceSchema } from '../../../src/config/service-schema.ts';

const problems = (yaml: string): string[] =>
  checkService(serviceSchema.parse({ kind: 'dialog', ...(parse(yaml) as object) }), {
    queues: new Set(['support']),
    applications: new Set(['ivr', 'music']),
  }).map(({ path, found, expected }) => `${path.join('.')}: ${found} / ${expected}`);
const question = '{ name: q, do: ask, text: Well?, answer: { kind: free } }';

describe('a dialog is refused', () => {
  it.each<[string, string, RegExp]>([
    [
      'for steps that nobody reaches',
      `steps: [{ name: a, do: end }, { name: b, do: end }]`,
      /^steps\.1: step b, to which nothing leads/,
    ],
    [
      'for circles without a question',
      `steps: [{ name: a, do: say, text: Hi }, { name: b, do: pause, seconds: 1, next: a }]`,
      /^steps\.0: a way from a back to it on which the customer answers nothing/,
    ],
    [
      'for asking again for ever whoever does not answer',
      `steps: [{ name: q, do: ask, text: Well?, answer: { kind: free }, otherwise: q }]`,
      /^steps\.0: a way from q back to it/,
    ],
    [
      'for texts that are missing',
      `{ languages: [en, de], steps: [{ name: a, do: say, text: { en: Hello } }] }`,
      /^steps\.0\.text\.de: nothing/,
    ],
    [
      'for one text in two languages',
      `{ languages: [en, de], steps: [{ name: a, do: say, text: Hello }] }`,
      /^steps\.0\.text: one text for all languages/,
    ],
    [
      'for labels that are missing',
      `{ languages: [en], steps: [{ name: a, do: ask, text: T, answer: { kind: choice, options: [{ value: x, label: { de: X } }] } }] }`,
      /^steps\.0\.answer\.options\.0\.label\.en: nothing/,
    ],
    [
      'for options that look the same',
      `steps: [{ name: a, do: ask, text: T, answer: { kind: choice, options: [{ value: x, label: Yes }, { value: y, label: ' yes' }] } }]`,
      /^steps\.0\.answer\.options\.1\.label: yes/,
    ],
    [
      'for queues that there are not',
      `steps: [{ name: a, do: route, queue: nowhere }]`,
      /^steps\.0\.queue: nowhere/,
    ],
    [
      'for applications that there are not',
      `steps: [{ name: a, do: request, application: irv }]`,
      /^steps\.0\.application: irv \/ an application of the tenant: ivr, music$/,
    ],
    [
      'for wait-state applications that there are not',
      `steps: [{ name: a, do: route, waitApplication: muzak, action: ivr }]`,
      /^steps\.0\.waitApplication: muzak \/ an application of the tenant: ivr, music$/,
    ],
    [
      'for actions that there are not',
      `steps: [{ name: a, do: route, waitApplication: music, action: after }]`,
      /^steps\.0\.action: after \/ an application of the tenant: ivr, music$/,
    ],
    [
      'for ways to steps that there are not',
      `steps: [{ name: a, do: say, text: Hi, next: x }]`,
      /^steps\.0\.next: x/,
    ],
    [
      'for names that two steps have',
      `steps: [{ name: a, do: say, text: Hi }, { name: a, do: end }]`,
      /^steps\.1\.name: a/,
    ],
    [
      'for conditions that are none',
      `steps: [${question}, { name: b, do: branch, cases: [{ when: 'answers.q ==', to: c }] }, { name: c, do: end }]`,
      /^steps\.1\.cases\.0\.when: /,
    ],
    [
      'for conditions on answers that nobody gives',
      `steps: [${question}, { name: b, do: branch, cases: [{ when: 'answers.r == "x"', to: c }] }, { name: c, do: end }]`,
      /^steps\.1\.cases\.0\.when: answers\.r/,
    ],
    [
      'for conditions that are not true or false',
      `steps: [{ name: b, do: branch, cases: [{ when: '1 + 1', to: c }] }, { name: c, do: end }]`,
      /^steps\.0\.cases\.0\.when: column 1: it gives int/,
    ],
    [
      'for regular expressions',
      `steps: [${question}, { name: b, do: branch, cases: [{ when: 'answers.q.matches("(a+)+$")', to: c }] }, { name: c, do: end }]`,
      /when: column 1: matches cannot be used here/,
    ],
    [
      'for filling in what nobody knows',
      `steps: [{ name: a, do: say, text: 'Hello {name}' }]`,
      /^steps\.0\.text: \{name\}/,
    ],
  ])('%s', (_what, yaml, expected) => {
    const found = problems(yaml);
    expect(
      found.filter((problem) => expected.test(problem)),
      found.join('\n'),
    ).toHaveLength(1);
  });

  it('not for circles in which the customer answers', () => {
    expect(
      problems(`
        steps:
          - { name: q, do: ask, text: Again?, answer: { kind: yesno } }
          - { name: b, do: branch, cases: [{ when: answers.q, to: q }] }
          - { name: bye, do: end, text: 'You said {q}, {tenant} says bye.' }
      `),
    ).toEqual([]);
  });
});
