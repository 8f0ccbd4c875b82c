import { accountsOf } from '../directory/directory.ts';
import { releaseAccounts } from './agent-accounts.ts';
import type { Draft } from './draft.ts';

/**
 * Sessions outlive changes of the configuration: whoever is no longer the tenant's agent, and accounts that are no longer an agent's, are
 * taken out of the open session and its room.
 */
export function releaseGoneAgents(draft: Draft): void {
  if (draft.openSession === undefined) return;
  const { agents } = draft.state.tenant;
  releaseAccounts(
    draft,
    (id, user) => {
      const agent = agents.get(id);
      return agent === undefined || !accountsOf(agent).includes(user);
    },
    'You are no longer an agent of this tenant.',
  );
}
