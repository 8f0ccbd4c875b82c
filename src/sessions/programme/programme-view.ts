import { as, type ServiceId } from '../../platform/ids.ts';
import { findApplication } from '../../directory/application.ts';
import { agentWordsOf } from '../../services/agent-words.ts';
import { expandStep } from '../../services/dialogs/expand-step.ts';
import type { ProgrammeView } from '../../services/programme/effect.ts';
import type { Draft } from '../draft.ts';
import { languageOf } from './language-of.ts';

/** The open session as its programme sees it. */
export function programmeView(draft: Draft): ProgrammeView {
  const { state, session } = draft;
  const { services } = state.tenant;
  const { queue, channel: network } = state.line;
  return {
    now: state.now,
    attributes: session.attributes ?? {},
    queue,
    waitFloorMs: (application) => findApplication(state.tenant.applications, application)?.waitFloorMs,
    language: languageOf(draft),
    agentWords: agentWordsOf(services?.get(session.service)),
    expand: (id, step, attributes) => {
      const dialog = services?.get(as<ServiceId>(id));
      if (dialog?.kind !== 'dialog') return undefined;
      // The customer may have chosen a language a moment ago.
      const language = languageOf(draft, attributes);
      return expandStep(id, dialog, step, attributes, { language, network, queue });
    },
  };
}
