import { faultsOf } from '../routing/rules/compile-rules.ts';
import type { ConfigProblem } from './config-error.ts';
import { describe } from './issue-words.ts';

/** A rule as far as it could be read. */
export interface ReadRule {
  readonly when?: string | undefined;
  readonly queue?: string | undefined;
  readonly rings: readonly {
    readonly agents: readonly (string | undefined)[];
    readonly teams: readonly (string | undefined)[];
  }[];
  readonly overflow: readonly { readonly queue?: string | undefined }[];
}

/** What the rules may name. */
export interface KnownNames {
  readonly queues: readonly string[];
  readonly calendars: readonly string[];
  readonly agents: readonly string[];
  readonly teams: readonly string[];
}

/** What is wrong with rules that have the right form: names that nobody has, conditions that cannot hold. Paths begin with the rule's place. */
export function ruleFaults(rules: readonly ReadRule[], known: KnownNames): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const check = (path: string, name: string | undefined, names: readonly string[], what: string): void => {
    if (name === undefined || names.includes(name)) return;
    const declared = names.length === 0 ? ' (there is none)' : `: ${names.join(', ')}`;
    problems.push({ path, found: describe(name), expected: `${what}${declared}` });
  };
  rules.forEach(({ queue, rings, overflow }, at) => {
    check(`${String(at)}.queue`, queue, known.queues, 'a queue of the tenant');
    overflow.forEach((way, index) => {
      check(
        `${String(at)}.overflow.${String(index)}.queue`,
        way.queue,
        known.queues,
        'a queue of the tenant',
      );
    });
    rings.forEach(({ agents, teams }, index) => {
      const where = `${String(at)}.rings.${String(index)}`;
      agents.forEach((agent, n) => {
        check(`${where}.agents.${String(n)}`, agent, known.agents, 'an agent of the tenant');
      });
      teams.forEach((team, n) => {
        check(`${where}.teams.${String(n)}`, team, known.teams, 'a team that an agent of the tenant is in');
      });
    });
  });
  const conditions = rules.map(({ when }) => (when === undefined ? {} : { when }));
  for (const { at, field, found, expected } of faultsOf(conditions, known))
    problems.push({ path: `${String(at)}.${field}`, found, expected });
  return problems;
}
