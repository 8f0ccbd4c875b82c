import { z } from 'zod';

/** What a run of one suite came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** How many tests were skipped in which file. */
  readonly skippedIn: ReadonlyMap<string, number>;
}

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  success: z.boolean(),
  testResults: z.array(
    z.object({ name: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/** Reads vitest's JSON report. What ended without one, or cannot be read, counts as one failure. Pure. */
export function readReport(json: string | undefined, exitCode: number | null): Counts {
  const report = reportSchema.safeParse(parsed(json)).data;
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0, skippedIn: new Map() };
  // A file that cannot be loaded, or an error outside any test, fails the run without failing a test.
  const besides = report.numFailedTests === 0 && (!report.success || exitCode !== 0) ? 1 : 0;
  const skippedIn = new Map<string, number>();
  for (const { name, assertionResults } of report.testResults) {
    const skipped = assertionResults.filter(
      ({ status }) => status !== 'passed' && status !== 'failed',
    ).length;
    if (skipped > 0) skippedIn.set(name, skipped);
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + besides,
    skipped: [...skippedIn.values()].reduce((sum, each) => sum + each, 0),
    skippedIn,
  };
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
