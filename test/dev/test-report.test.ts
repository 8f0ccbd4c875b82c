import { expect, it } from 'vitest';
import { readReport } from '../../dev/test-report.ts';

const report = (more: object): string =>
  JSON.stringify({
    numPassedTests: 2,
    numFailedTests: 0,
    success: true,
    testResults: [
      { name: '/a.test.ts', assertionResults: [{ status: 'passed' }, { status: 'skipped' }] },
      { name: '/b.test.ts', assertionResults: [{ status: 'passed' }] },
    ],
    ...more,
  });

it('counts what passed, and what was skipped where', () => {
  const { skippedIn, ...counts } = readReport(report({}), 0);
  expect(counts).toEqual({ passed: 2, failed: 0, skipped: 1 });
  expect([...skippedIn]).toEqual([['/a.test.ts', 1]]);
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
