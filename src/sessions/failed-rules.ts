import type { Decision } from '../delivery/delivery.ts';
import type { ConversationState } from './conversation-state.ts';
import { sessions, type SessionRecord } from './session.ts';

/** A rule that could not be decided; names and places only. */
export interface FailedRule {
  readonly version: string;
  readonly rule: string;
  readonly reason: string;
}

/** The rules that a decision came upon and could not decide. */
export function failedRules(
  state: ConversationState,
  { writes }: Pick<Decision<unknown, unknown>, 'writes'>,
): FailedRule[] {
  for (const write of writes) {
    if (write.op !== 'put' || write.collection.name !== sessions.name) continue;
    const { id, routing } = write.value as SessionRecord;
    const known = state.session?.value.id === id && state.session.value.routing !== undefined;
    if (routing === undefined || known) continue;
    return routing.failed.map((failed) => ({ version: routing.version, ...failed }));
  }
  return [];
}
