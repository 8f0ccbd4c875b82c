import type { ChoiceContent, Content } from '../../message/message.ts';
import type { AnswerKind, Question } from '../instruction.ts';
import { yesNoLabels } from './read-yes-no.ts';

/** A question as the customer gets it: with buttons or a numbered menu where there is something to pick from. */
export function questionContent({ text, answer }: Question, language: string): Content {
  return answer.kind === 'choice' || answer.kind === 'yesno'
    ? choiceOf(text, answer, language)
    : { kind: 'text', text };
}

export function choiceOf(
  text: string,
  answer: Extract<AnswerKind, { kind: 'choice' | 'yesno' }>,
  language: string,
): ChoiceContent {
  if (answer.kind === 'choice')
    return {
      kind: 'choice',
      text,
      options: answer.options.map(({ value, label }) => ({ id: value, label })),
    };
  const labels = yesNoLabels(language);
  return {
    kind: 'choice',
    text,
    options: [
      { id: 'yes', label: answer.yes ?? labels.yes },
      { id: 'no', label: answer.no ?? labels.no },
    ],
  };
}
