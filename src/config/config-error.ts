/** One thing that is wrong. Never quotes a secret. */
export interface ConfigProblem {
  /** As a person would point at it: `tenants.acme.lines.sms.queue`; empty: the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** As such it would do, but it is somebody else's already. */
  readonly isTaken?: true;
}

/** All that is wrong with the configuration, at once: file, path, what was found, what was expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => `${file}: ${line(problem)}`).join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

function line({ path, found, expected }: ConfigProblem): string {
  return `${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}`;
}
