import { relative } from 'node:path';
import { z } from 'zod';

/** What a run of one suite came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const resultSchema = z.object({
  name: z.string(),
  message: z.string().default(''),
  assertionResults: z.array(
    z.object({
      status: z.string(),
      fullName: z.string(),
      failureMessages: z.array(z.string()).nullish(),
    }),
  ),
});

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  success: z.boolean(),
});

const wordsKept = 600;

/**
 * What failed, for people, file by file, each with the beginning of its message: at the end of a run, since what was printed while it
 * went on may be pages above, or cut off. Pure.
 */
export function readFailures(json: string | undefined, directory: string): string[] {
  const results = z.object({ testResults: z.array(resultSchema) }).safeParse(parsed(json)).data?.testResults;
  return (results ?? []).flatMap(({ name, message, assertionResults }) => {
    const file = relative(directory, name);
    const tests = assertionResults.filter(({ status }) => status === 'failed');
    // Such a file could not be loaded, or failed before or after its tests.
    if (tests.length === 0) return message === '' ? [] : [`Failed: ${file}: ${message.slice(0, wordsKept)}`];
    return tests.map(
      ({ fullName, failureMessages }) =>
        `Failed: ${file}: ${fullName}\n${(failureMessages ?? []).join('\n').slice(0, wordsKept)}`,
    );
  });
}

/** Reads vitest's JSON report. What ended without one, or cannot be read, counts as one failure. Pure. */
export function readReport(json: string | undefined, exitCode: number | null): Counts {
  const report = reportSchema.safeParse(parsed(json)).data;
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  // A file that cannot be loaded, or an error outside any test, fails the run without failing a test.
  const besides = report.numFailedTests === 0 && (!report.success || exitCode !== 0) ? 1 : 0;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + besides,
    skipped: report.numPendingTests,
  };
}

const skippedSchema = z.array(
  z.object({ file: z.string(), count: z.int(), reason: z.string().exactOptional() }),
);

/** Reads what skip-reporter.ts wrote, as lines for people. Pure. */
export function readSkipped(json: string | undefined): string[] {
  return (skippedSchema.safeParse(parsed(json)).data ?? []).map(
    ({ file, count, reason }) =>
      `Skipped ${String(count)} in ${file}${reason === undefined ? '' : `: ${reason}`}`,
  );
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
