import { z } from 'zod';

/** What a run of one suite came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  success: z.boolean(),
});

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
