import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Tests of one file that were skipped for the same reason. */
export interface Skipped {
  readonly file: string;
  readonly count: number;
  /** In the words of the test; absent where it gave none. */
  readonly reason?: string;
}

/** Where the environment asks for it, writes down what was skipped and why: vitest's own JSON report leaves the reasons out. */
const path = process.env['SWITCHBOARD_SKIP_REPORT'];

function skippedIn(module: TestModule): Skipped[] {
  const reasons = new Map<string | undefined, number>();
  for (const test of module.children.allTests('skipped')) {
    const result = test.result();
    const reason = result.state === 'skipped' ? result.note : undefined;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [...reasons].map(([reason, count]) => ({
    file: module.relativeModuleId,
    count,
    ...(reason === undefined ? {} : { reason }),
  }));
}

// Vitest loads reporters by their default export.
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (path !== undefined) writeFileSync(path, JSON.stringify(modules.flatMap(skippedIn)));
  }
}
