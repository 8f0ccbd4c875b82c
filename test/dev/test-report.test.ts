import { expect, it } from 'vitest';
import { readFailures, readReport, readSkipped } from '../../dev/test-report.ts';

const report = (more: object): string =>
  JSON.stringify({ numPassedTests: 2, numFailedTests: 0, numPendingTests: 1, success: true, ...more });

it('counts what passed and what was skipped', () => {
  expect(readReport(report({}), 0)).toEqual({ passed: 2, failed: 0, skipped: 1 });
});

it('says what was skipped where, and why as far as it is known', () => {
  const skipped = [
    { file: 'a.test.ts', count: 2, reason: 'not declared' },
    { file: 'b.test.ts', count: 1 },
  ];
  expect(readSkipped(JSON.stringify(skipped))).toEqual([
    'Skipped 2 in a.test.ts: not declared',
    'Skipped 1 in b.test.ts',
  ]);
  expect(readSkipped(undefined)).toEqual([]);
});

it('says what failed, with the beginning of its message, and which file could not be loaded', () => {
  const testResults = [
    {
      name: '/project/test/a.test.ts',
      message: '',
      assertionResults: [
        { status: 'passed', fullName: 'a holds', failureMessages: [] },
        { status: 'failed', fullName: 'a breaks', failureMessages: [`Error: ${'long '.repeat(1000)}`] },
      ],
    },
    { name: '/project/test/b.test.ts', message: 'Cannot find module', assertionResults: [] },
    { name: '/project/test/c.test.ts', message: '', assertionResults: [] },
  ];
  const lines = readFailures(report({ testResults }), '/project');
  expect(lines).toEqual([
    expect.stringMatching(/^Failed: test\/a\.test\.ts: a breaks\nError: long/),
    'Failed: test/b.test.ts: Cannot find module',
  ]);
  expect(lines[0]?.length).toBeLessThan(1000);
  expect(readFailures(undefined, '/project')).toEqual([]);
});

it.each([
  ['a file that cannot be loaded', report({ success: false }), 1],
  ['an error outside any test', report({}), 1],
  ['an end by a signal', report({}), null],
  ['no report', undefined, 0],
  ['half a report', report({}).slice(0, 50), 0],
])('counts %s as failed', (_what, json, exitCode) => {
  expect(readReport(json, exitCode).failed).toBe(1);
});

it('counts a failed test once, whatever the exit code', () => {
  expect(readReport(report({ numFailedTests: 3, success: false }), 1).failed).toBe(3);
});
