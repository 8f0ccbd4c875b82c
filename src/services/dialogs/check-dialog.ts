import type { Dialog, DialogStep, DialogText } from '../../directory/dialog.ts';
import type { ServiceProblem } from '../service-problem.ts';
import { faultWords, isFault } from '../../conditions/condition.ts';
import { branchCondition } from './branch-condition.ts';
import { attributeOf } from './expand-step.ts';
import { placeholders } from './fill-in.ts';
import { checkPaths } from './step-graph.ts';

/** What a tenant's services may name. */
export interface KnownToServices {
  readonly queues: ReadonlySet<string>;
  readonly applications: ReadonlySet<string>;
}

/** Everything about a dialog that its form alone does not tell: names that lead nowhere, steps that nobody reaches, circles, texts that are missing. */
export function checkDialog(dialog: Dialog, { queues, applications }: KnownToServices): ServiceProblem[] {
  const problems: ServiceProblem[] = [];
  const known = attributesOf(dialog);
  dialog.steps.forEach((step, index) => {
    const at = ['steps', String(index)];
    const report = (path: readonly string[], found: string, expected: string): void => {
      problems.push({ path: [...at, ...path], found, expected });
    };
    for (const [path, text] of textsOf(step)) checkText(dialog, path, text, known, report);
    checkOptions(dialog, step, report);
    if (step.do === 'route' && step.queue !== undefined && !queues.has(step.queue))
      report(['queue'], step.queue, `a queue of the tenant${thereIs(queues)}`);
    for (const [field, name] of applicationsOf(step))
      if (!applications.has(name)) report([field], name, applicationExpected(applications));
    if (step.do === 'branch')
      step.cases.forEach(({ when }, position) => {
        checkCondition(when, known, (found, expected) => {
          report(['cases', String(position), 'when'], found, expected);
        });
      });
    for (const [path, written] of patternsOf(step))
      for (const name of unknownIn(written, known))
        report(path, `{${name}}`, `an answer or attribute of the dialog: ${[...known].join(', ')}`);
  });
  return [...problems, ...checkPaths(dialog)];
}

type Report = (path: readonly string[], found: string, expected: string) => void;

export function applicationExpected(applications: ReadonlySet<string>): string {
  return `an application of the tenant${thereIs(applications)}`;
}

function thereIs(names: ReadonlySet<string>): string {
  return names.size === 0 ? ' (there is none)' : `: ${[...names].join(', ')}`;
}

/** The applications that a step names, each with the field. */
function applicationsOf(step: DialogStep): [string, string][] {
  if (step.do === 'request') return [['application', step.application]];
  if (step.do !== 'route') return [];
  const { waitApplication, action } = step;
  return Object.entries({ waitApplication, action }).flatMap(([field, name]): [string, string][] =>
    name === undefined ? [] : [[field, name]],
  );
}

/** What an ask, a set or a look-up of the dialog gives a value. */
function attributesOf({ steps }: Dialog): ReadonlySet<string> {
  return new Set(
    steps.flatMap((step) => {
      if (step.do === 'ask') return [attributeOf(step)];
      if (step.do === 'set') return Object.keys(step.attributes);
      return step.do === 'lookUp' ? Object.keys(step.keep) : [];
    }),
  );
}

function unknownIn(text: string, known: ReadonlySet<string>): string[] {
  return placeholders(text).filter((name) => name !== 'tenant' && !known.has(name));
}

function checkText(
  { languages }: Dialog,
  path: readonly string[],
  text: DialogText,
  known: ReadonlySet<string>,
  report: Report,
): void {
  if (typeof text === 'string' && languages.length > 1)
    report(path, 'one text for all languages', `a text in each of ${languages.join(', ')}`);
  if (typeof text !== 'string') {
    for (const language of languages)
      if (!Object.hasOwn(text, language)) report([...path, language], 'nothing', 'a text in this language');
    for (const language of Object.keys(text))
      if (!languages.includes(language))
        report([...path, language], 'a text', `one of the dialog’s languages: ${languages.join(', ')}`);
  }
  for (const [language, written] of typeof text === 'string' ? [['', text]] : Object.entries(text))
    for (const name of unknownIn(written ?? '', known))
      report(
        [...path, ...(language === undefined || language === '' ? [] : [language])],
        `{${name}}`,
        `an answer or attribute of the dialog: ${['tenant', ...known].join(', ')}`,
      );
}

/** All that the customer reads, with where it stands. */
function textsOf(step: DialogStep): [readonly string[], DialogText][] {
  const found: [readonly string[], DialogText | undefined][] = [];
  if ('text' in step) found.push([['text'], step.text]);
  if (step.do === 'page') found.push([['title'], step.title]);
  if (step.do === 'ask') {
    found.push([['again'], step.again]);
    const { answer } = step;
    if (answer.kind === 'choice')
      answer.options.forEach(({ label }, index) =>
        found.push([['answer', 'options', String(index), 'label'], label]),
      );
    if (answer.kind === 'yesno') found.push([['answer', 'yes'], answer.yes], [['answer', 'no'], answer.no]);
  }
  return found.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]]));
}

/** Where else attributes are filled in. */
function patternsOf(step: DialogStep): [readonly string[], string][] {
  if (step.do === 'page' || step.do === 'play') return [[['url'], step.url]];
  if (step.do === 'set') return [[['attributes'], JSON.stringify(step.attributes)]];
  if (step.do !== 'lookUp') return [];
  return [
    [['url'], step.url],
    [['body'], JSON.stringify(step.body ?? null)],
  ];
}

/** Two things to pick from that look or count the same cannot be told apart. */
function checkOptions({ languages }: Dialog, step: DialogStep, report: Report): void {
  if (step.do !== 'ask' || step.answer.kind !== 'choice') return;
  const { options } = step.answer;
  const seen = new Set<string>();
  options.forEach(({ value, label }, index) => {
    const path = ['answer', 'options', String(index)];
    if (seen.has(`value ${value}`)) report([...path, 'value'], value, 'a value of its own');
    seen.add(`value ${value}`);
    for (const language of languages) {
      const shown = (typeof label === 'string' ? label : (label[language] ?? '')).trim().toLowerCase();
      if (shown === '') continue;
      if (seen.has(`${language} ${shown}`)) report([...path, 'label'], shown, 'a label of its own');
      seen.add(`${language} ${shown}`);
    }
  });
}

function checkCondition(
  when: string,
  known: ReadonlySet<string>,
  report: (found: string, expected: string) => void,
): void {
  const condition = branchCondition(when);
  if (isFault(condition)) {
    report(faultWords(condition), 'a condition in CEL over answers, language and network');
    return;
  }
  for (const name of condition.answers)
    if (!known.has(name))
      report(`answers.${name}`, `an answer or attribute of the dialog: ${[...known].join(', ')}`);
}
