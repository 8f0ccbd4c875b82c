import type { ChoiceContent, Content } from '../../message/message.ts';
import type { AnswerKind, Question } from '../instruction.ts';
import { yesNoLabels } from './read-yes-no.ts';

/** A question as the customer gets it: with buttons or a numbered menu where there is something to pick from. */
export function questionContent({ name, text, answer }: Question, language: string): Content {
  return answer.kind === 'choice' || answer.kind === 'yesno'
    ? choiceOf(name, text, answer, language)
    : { kind: 'text', text };
}

/** The ids of what can be picked name the question: a button of an older one is no answer to this one. */
export function choiceOf(
  name: string,
  text: string,
  answer: Extract<AnswerKind, { kind: 'choice' | 'yesno' }>,
  language: string,
): ChoiceContent {
  if (answer.kind === 'choice')
    return {
      kind: 'choice',
      text,
      options: answer.options.map(({ value, label }) => ({ id: `${name}:${value}`, label })),
    };
  const labels = yesNoLabels(language);
  return {
    kind: 'choice',
    text,
    options: [
      { id: `${name}:yes`, label: answer.yes ?? labels.yes },
      { id: `${name}:no`, label: answer.no ?? labels.no },
    ],
  };
}
