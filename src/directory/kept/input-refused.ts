/** One thing that is wrong with what an operator gave. Never quotes a secret. */
export interface InputProblem {
  /** `parameters.authToken` */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** As such it would do, but it is somebody else's already. */
  readonly isTaken?: true;
}

/** What an operator gave by REST is not what it must be. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused';
  readonly problems: readonly InputProblem[];
  constructor(problems: readonly InputProblem[]) {
    super(
      problems.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`).join('; '),
    );
    this.problems = problems;
  }
}
