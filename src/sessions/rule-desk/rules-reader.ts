import type { RoutingRule } from '../../directory/routing-rules.ts';
import type { Tenant } from '../../directory/tenant.ts';

/** One thing that is wrong with rules that somebody wants to save. */
export interface RulesProblem {
  /** `2.when`: of the third rule. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

export class RulesRefused extends Error {
  override readonly name = 'RulesRefused';
  readonly problems: readonly RulesProblem[];
  constructor(problems: readonly RulesProblem[]) {
    super(
      problems.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`).join('; '),
    );
    this.problems = problems;
  }
}

/** What rules must be: the same as for those of the config file. */
export interface RulesReader {
  /** What somebody gave, whatever it is, and what it means to the tenant as it is now. @throws {RulesRefused} */
  read(
    input: unknown,
    tenant: Tenant,
  ): { readonly given: readonly object[]; readonly rules: readonly RoutingRule[] };
}
