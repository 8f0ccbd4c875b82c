import type { LineSettings, Tenant } from '../../directory/tenant.ts';
import type { LineId } from '../../platform/ids.ts';

/** A line as an operator gives it. */
export interface GivenLine {
  readonly channel: string;
  readonly name?: string | undefined;
  readonly queue: string;
  readonly service?: string | undefined;
  readonly onUnclear: LineSettings['onUnclear'];
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One thing that is wrong with it. Never quotes a secret. */
export interface LineProblem {
  /** `parameters.authToken` */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

export class LineRefused extends Error {
  override readonly name = 'LineRefused';
  readonly problems: readonly LineProblem[];
  constructor(problems: readonly LineProblem[]) {
    super(
      problems.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`).join('; '),
    );
    this.problems = problems;
  }
}

/** What a line must be: the same as for those of the config file. */
export interface LineRules {
  /** What somebody gave, whatever it is. `graceSeconds`: how long signatures of the former secrets are taken. @throws {LineRefused} */
  read(input: unknown): GivenLine & { readonly graceSeconds: number };
  /** Checked by its network and against what the tenant has. @throws {LineRefused} */
  settings(tenant: Tenant, id: LineId, line: GivenLine): LineSettings;
}
