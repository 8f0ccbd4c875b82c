/** What is wrong with a declared service, and where. */
export interface ServiceProblem {
  readonly path: readonly string[];
  readonly found: string;
  readonly expected: string;
}
