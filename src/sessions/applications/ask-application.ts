import type { ApplicationRequest } from '../../services/instruction.ts';
import type { Draft } from '../draft.ts';

/** Has an application of the tenant asked, outside of the decision; what it answers comes as an event `application` with the same call. */
export function askApplication(draft: Draft, request: ApplicationRequest): void {
  draft.toService({ session: draft.session.id, kind: 'application', request });
}
