import type {
  AskStep,
  Dialog,
  DialogAnswer,
  DialogStep,
  DialogText,
  LookUpStep,
} from '../../directory/dialog.ts';
import type { AnswerKind, Attributes, Instruction } from '../instruction.ts';
import { faultWords, isFault } from '../../conditions/condition.ts';
import { branchCondition, type BranchFacts } from './branch-condition.ts';
import { fillIn, fillInJson, fillInUrl } from './fill-in.ts';
import { pickLanguage } from './pick-language.ts';

type Facts = Omit<BranchFacts, 'answers'> & { readonly queue: string };

/** What a dialog wants done at a step (absent: at its first), up to where the next one begins. Undefined where there is no such step. */
export function expandStep(
  id: string,
  dialog: Dialog,
  name: string | undefined,
  attributes: Attributes,
  facts: Facts,
): readonly Instruction[] | undefined {
  const index = name === undefined ? 0 : dialog.steps.findIndex((step) => step.name === name);
  const step = dialog.steps[index];
  if (step === undefined) return undefined;
  const language = pickLanguage(dialog.languages, facts.language);
  const goOn = goTo(id, step.next ?? dialog.steps[index + 1]?.name);
  const text = (written: DialogText): string => fillIn(written, language, attributes);
  const titled = <Key extends string>(key: Key, written: DialogText | undefined): { [K in Key]?: string } =>
    (written === undefined ? {} : { [key]: text(written) }) as { [K in Key]?: string };
  switch (step.do) {
    case 'say':
      return [{ do: 'say', text: text(step.text) }, ...goOn];
    case 'ask':
      return [{ do: 'ask', ...question(id, step, text) }, ...goOn];
    case 'branch':
      return branch(id, step, { ...facts, language, answers: attributes }) ?? goOn;
    case 'set':
      return [{ do: 'set', attributes: fillInJson(step.attributes, attributes) as Attributes }, ...goOn];
    case 'lookUp':
      return [lookUp(id, step, attributes), ...goOn];
    case 'page':
      return [{ do: 'page', url: fillInUrl(step.url, attributes), ...titled('title', step.title) }, ...goOn];
    case 'play':
      return [{ do: 'play', url: fillInUrl(step.url, attributes), ...titled('text', step.text) }, ...goOn];
    case 'pause':
      return [{ do: 'pause', ms: step.seconds * 1000 }, ...goOn];
    case 'request':
      return [{ do: 'request', application: step.application, event: step.event, parameters: attributes }];
    case 'route':
      return [
        ...(step.text === undefined ? [] : [{ do: 'say' as const, text: text(step.text) }]),
        {
          do: 'enqueue',
          queue: step.queue ?? (facts.queue as NonNullable<typeof step.queue>),
          ...(step.priority === undefined ? {} : { priority: step.priority }),
          ...(isEmpty(step.requiredSkills) ? {} : { required: step.requiredSkills }),
          ...(isEmpty(step.preferredSkills) ? {} : { preferred: step.preferredSkills }),
          ...(step.waitApplication === undefined ? {} : { waitApplication: step.waitApplication }),
          ...(step.action === undefined ? {} : { action: step.action }),
        },
      ];
    case 'end':
      return [{ do: 'end', ...titled('text', step.text) }];
  }
}

function goTo(dialog: string, step: string | undefined): Instruction[] {
  return step === undefined ? [] : [{ do: 'dialog', dialog, step }];
}

function otherwise(id: string, step: string | undefined): { readonly otherwise?: readonly Instruction[] } {
  return step === undefined ? {} : { otherwise: goTo(id, step) };
}

/** Under which attribute an answer is kept. */
export function attributeOf({ name, attribute = name }: AskStep): string {
  return attribute;
}

function question(id: string, step: AskStep, text: (written: DialogText) => string) {
  return {
    name: attributeOf(step),
    text: text(step.text),
    answer: answerKind(step.answer, text),
    ...(step.again === undefined ? {} : { again: text(step.again) }),
    attempts: step.attempts,
    timeoutMs: step.timeoutSeconds * 1000,
    ...otherwise(id, step.otherwise),
  };
}

function answerKind(answer: DialogAnswer, text: (written: DialogText) => string): AnswerKind {
  if (answer.kind === 'choice')
    return {
      kind: 'choice',
      options: answer.options.map(({ value, label }) => ({ value, label: text(label) })),
    };
  if (answer.kind !== 'yesno') return answer;
  return {
    kind: 'yesno',
    ...(answer.yes === undefined ? {} : { yes: text(answer.yes) }),
    ...(answer.no === undefined ? {} : { no: text(answer.no) }),
  };
}

/** A condition that an earlier version took and this one does not would send everybody the other way: a human is told instead. */
function branch(
  id: string,
  { name, cases }: Extract<DialogStep, { do: 'branch' }>,
  facts: BranchFacts,
): Instruction[] | undefined {
  for (const { when, to } of cases) {
    const condition = branchCondition(when);
    if (isFault(condition)) {
      const reason = `The dialog ${id} cannot go on at its step ${name}: ${faultWords(condition)}.`;
      return [{ do: 'human', reason }];
    }
    if (condition.holds(facts)) return goTo(id, to);
  }
  return undefined;
}

function lookUp(id: string, step: LookUpStep, attributes: Attributes): Instruction {
  const { url, method, body, timeoutSeconds, keep } = step;
  return {
    do: 'lookUp',
    url: fillInUrl(url, attributes),
    method,
    by: { dialog: id, step: step.name },
    ...(body === undefined ? {} : { body: fillInJson(body, attributes) }),
    timeoutMs: timeoutSeconds * 1000,
    keep,
    ...otherwise(id, step.otherwise),
  };
}

function isEmpty(skills: object): boolean {
  return Object.keys(skills).length === 0;
}
