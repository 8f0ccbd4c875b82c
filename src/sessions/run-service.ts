import { begin } from '../services/programme/happenings.ts';
import { serviceOf } from '../services/services.ts';
import type { Service, ServiceView } from '../services/service.ts';
import type { Draft } from './draft.ts';
import { drive } from './programme/drive.ts';
import { perform } from './programme/perform.ts';
import { tenantTexts } from './tenant-texts.ts';

/** The session is open: its service begins. */
export function startService(draft: Draft): void {
  const instructions = service(draft).started(serviceView(draft));
  drive(draft, (programme, view) => begin(programme, instructions, view));
}

/** Nobody can be asked now. */
export function tellUnanswered(draft: Draft): void {
  service(draft)
    .unanswered(serviceView(draft))
    .forEach((instruction, index) => {
      perform(draft, instruction, `unanswered ${String(index)}`);
    });
}

function service({ state, session }: Draft): Service {
  return serviceOf(session.service, state.tenant.services?.get(session.service));
}

function serviceView(draft: Draft): ServiceView {
  const { state, session } = draft;
  return { texts: tenantTexts(draft), queue: state.line.queue, toldBusy: session.toldBusy };
}
