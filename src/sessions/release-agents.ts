import { accountsOf } from '../directory/directory.ts';
import { releaseAccounts } from './agent-accounts.ts';
import { as } from '../platform/ids.ts';
import type { Draft } from './draft.ts';
import { endpointOfKey } from './endpoints/endpoint.ts';

/**
 * Sessions outlive changes of the configuration: whoever is no longer the tenant's agent, and accounts that are no longer an agent's, are
 * taken out of the open session and its room.
 */
export function releaseGoneAgents(draft: Draft): void {
  if (draft.openSession === undefined) return;
  const { tenant } = draft.state;
  releaseAccounts(
    draft,
    (id, name) => {
      const agent = tenant.agents.get(id);
      if (agent === undefined) return true;
      const isTheirs = accountsOf(agent).some((user) => user === name);
      return !isTheirs && endpointOfKey(tenant, as(name))?.agent !== id;
    },
    'You are no longer an agent of this tenant.',
  );
}
