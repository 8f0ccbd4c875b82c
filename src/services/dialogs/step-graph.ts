import type { Dialog, DialogStep } from '../../directory/dialog.ts';
import type { ServiceProblem } from '../service-problem.ts';

/** A way from a step to another. `answered`: only a customer who answered goes it. */
interface Way {
  readonly path: readonly string[];
  readonly to: string;
  readonly answered: boolean;
}

/** Steps with one name, ways that lead nowhere, steps that nobody reaches, and circles in which the customer is never asked. */
export function checkPaths(dialog: Dialog): ServiceProblem[] {
  const problems: ServiceProblem[] = [];
  const at = new Map<string, number>();
  dialog.steps.forEach(({ name }, index) => {
    if (at.has(name))
      problems.push({ path: ['steps', String(index), 'name'], found: name, expected: 'a name of its own' });
    else at.set(name, index);
  });
  const ways = dialog.steps.map((step, index) => waysFrom(step, dialog.steps[index + 1]?.name));
  ways.forEach((from, index) => {
    for (const { path, to } of from)
      if (!at.has(to))
        problems.push({
          path: ['steps', String(index), ...path],
          found: to,
          expected: `a step of the dialog: ${[...at.keys()].join(', ')}`,
        });
  });
  const next = (index: number, which: (way: Way) => boolean): number[] =>
    (ways[index] ?? []).filter(which).flatMap(({ to }) => at.get(to) ?? []);
  const reached = reach(0, (index) => next(index, () => true));
  dialog.steps.forEach(({ name }, index) => {
    if (!reached.has(index) && at.get(name) === index)
      problems.push({
        path: ['steps', String(index)],
        found: `step ${name}, to which nothing leads`,
        expected: 'a way to it',
      });
  });
  return [...problems, ...circles(dialog, (index) => next(index, ({ answered }) => !answered))];
}

function circles(dialog: Dialog, next: (index: number) => number[]): ServiceProblem[] {
  const told = new Set<number>();
  return dialog.steps.flatMap(({ name }, index) => {
    const from = new Set(next(index).flatMap((first) => [...reach(first, next)]));
    if (!from.has(index) || told.has(index)) return [];
    // Each circle once, at its first step.
    for (const other of from) if (reach(other, next).has(index)) told.add(other);
    return [
      {
        path: ['steps', String(index)],
        found: `a way from ${name} back to it on which the customer answers nothing`,
        expected: 'a question on it that must be answered',
      },
    ];
  });
}

function reach(start: number, next: (index: number) => readonly number[]): Set<number> {
  const reached = new Set([start]);
  for (const index of reached) for (const other of next(index)) reached.add(other);
  return reached;
}

function waysFrom(step: DialogStep, following: string | undefined): Way[] {
  if (step.do === 'route' || step.do === 'end' || step.do === 'request') return [];
  const isQuestion = step.do === 'ask';
  const onwards = step.next ?? following;
  const ways: Way[] = onwards === undefined ? [] : [{ path: ['next'], to: onwards, answered: isQuestion }];
  if (step.do === 'branch')
    ways.push(
      ...step.cases.map(({ to }, index) => ({ path: ['cases', String(index), 'to'], to, answered: false })),
    );
  if ((step.do === 'ask' || step.do === 'lookUp') && step.otherwise !== undefined)
    ways.push({ path: ['otherwise'], to: step.otherwise, answered: false });
  return ways;
}
