import { agentOfUser } from '../directory/directory.ts';
import type { Draft } from './draft.ts';
import type { MessageRecord } from './message-record.ts';

/** Whose word it is, as agents and customers read it. */
export function authorName(draft: Draft, author: MessageRecord['author']): string {
  if (author.kind === 'customer') return draft.contact.name ?? draft.address.nativeId;
  if (author.kind === 'system') return draft.state.tenant.name;
  return agentOfUser(draft.state.tenant, author.user)?.name ?? draft.state.tenant.name;
}
