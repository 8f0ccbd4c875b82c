import type { InputProblem } from '../../directory/kept/input-refused.ts';

/** What no longer fits a stored part, for whoever may see the part; undefined: nothing. */
export function misfitShown(problems: readonly InputProblem[]): string | undefined {
  if (problems.length === 0) return undefined;
  const words = problems.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`);
  return `it no longer fits, so it is not used; say it anew or delete it. ${words.join('; ')}`;
}

/** The same for our log, which quotes nothing of it. */
export function misfitLogged(problems: readonly InputProblem[]): string {
  return problems.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ');
}
