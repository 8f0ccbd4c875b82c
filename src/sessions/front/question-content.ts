import type { FrontTexts } from '../../directory/front-texts.ts';
import type { ChoiceContent, Content } from '../../message/message.ts';
import type { FrontQuestion, Named } from './front-record.ts';

/** The question as the customer gets it: buttons, or a numbered menu where the network has none. */
export function questionContent(question: FrontQuestion, texts: FrontTexts): Content {
  return question.kind === 'whom' ? { kind: 'text', text: texts.askWhom } : choiceOf(question, texts);
}

export const none = 'none';

export function choiceOf(
  question: Exclude<FrontQuestion, { kind: 'whom' }>,
  texts: FrontTexts,
): ChoiceContent {
  if (question.kind === 'switch')
    return {
      kind: 'choice',
      text: texts.askSwitch.replaceAll('{tenant}', question.to.name),
      options: [
        { id: optionId(question.to), label: texts.yes },
        { id: none, label: texts.no },
      ],
    };
  return {
    kind: 'choice',
    text: texts.askWhich,
    options: [
      ...question.options.map((option) => ({ id: optionId(option), label: option.name })),
      { id: none, label: texts.noneOfThese },
    ],
  };
}

/** Says whom it means, so that a button of an earlier question means nothing else later. */
export function optionId({ tenant, service }: Named): string {
  return service === undefined ? tenant : `${tenant}/${service}`;
}
