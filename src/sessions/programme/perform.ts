import type { Effect } from '../../services/programme/effect.ts';
import { shownName } from '../../services/application/answer-fault.ts';
import { questionContent } from '../../services/programme/choice-of.ts';
import { askApplication } from '../applications/ask-application.ts';
import type { Draft } from '../draft.ts';
import { endSession } from '../end-session.ts';
import { enterQueue, namesGoneQueue } from '../queueing.ts';
import { say, sayContent } from '../tell-customer.ts';
import { withdraw } from '../withdraw.ts';
import { fileContent } from './file-content.ts';
import { languageOf } from './language-of.ts';

/** Does one thing that the session's programme wants. `what` tells it from the others that come of the same event. */
export function perform(draft: Draft, effect: Effect, what: string): void {
  switch (effect.do) {
    case 'say':
      if (effect.once === 'allBusy') draft.changeSession({ toldBusy: true });
      say(draft, effect.text, what);
      return;
    case 'ask':
      sayContent(draft, questionContent(effect.question, languageOf(draft)), what);
      return;
    case 'play':
      sayContent(draft, fileContent(effect.url, effect.text), what);
      return;
    case 'page': {
      const { url, title } = effect;
      sayContent(draft, { kind: 'page', url, ...(title === undefined ? {} : { title }) }, what);
      return;
    }
    case 'enqueue':
      if (draft.session.state !== 'talking') withdraw(draft);
      if (effect.reason !== undefined) tellAgents(draft, effect.reason);
      if (namesGoneQueue(draft, effect.request.queue)) tellOfGoneQueue(draft, effect.request.queue);
      enterQueue(draft, effect.request);
      return;
    case 'leave':
      withdraw(draft);
      return;
    case 'end':
      if (effect.text !== undefined) say(draft, effect.text, what);
      endSession(draft, 'the service', { tellCustomer: effect.text === undefined });
      return;
    case 'request':
      askApplication(draft, effect.request);
      return;
    case 'lookUp':
      draft.toService({
        session: draft.session.id,
        kind: 'look-up',
        call: effect.call,
        lookUp: effect.lookUp,
      });
      return;
    case 'note':
      tellAgents(draft, effect.text);
      return;
  }
}

function tellAgents(draft: Draft, text: string): void {
  draft.toRoom({ kind: 'notice', text }, 'never');
}

/** A service that names a queue which there is not must not cost the session. */
function tellOfGoneQueue(draft: Draft, queue: string): void {
  tellAgents(
    draft,
    `The service named the queue ${shownName(queue)}, which there is not: the line’s queue takes over.`,
  );
}
