import type { ServiceId } from '../platform/ids.ts';
import { direct } from './direct.ts';
import type { Service } from './service.ts';

/** A dialog first; then whatever it says, as a rule a queue. */
export function dialog(id: ServiceId): Service {
  return { started: () => [{ do: 'dialog', dialog: id }], unanswered: (view) => direct.unanswered(view) };
}
