import type { ConfigProblem } from './config-error.ts';
import type { References } from './references.ts';

interface Owner {
  readonly tenant: string;
  readonly agent: string;
}

/**
 * A Matrix account stands for one agent only, among all tenants of its homeserver: what it writes has one meaning, and one tenant's
 * invitations are seen by nobody who answers for another.
 */
export function checkAccounts(tenants: References['tenants'], problems: ConfigProblem[]): void {
  const owners = new Map<string, Owner>();
  for (const [tenant, declared] of Object.entries(tenants))
    for (const [agent, settings] of Object.entries(declared?.agents ?? {})) {
      const path = `tenants.${tenant}.agents.${agent}`;
      const endpoints = settings?.endpoints ?? [];
      const accounts = [
        { path: `${path}.user`, user: settings?.user },
        ...endpoints.map((user, index) => ({ path: `${path}.endpoints.${String(index)}`, user })),
      ];
      for (const { path: where, user } of accounts) {
        if (user === undefined) continue;
        const key = `${declared?.homeserver ?? ''} ${user}`;
        const owner = owners.get(key);
        if (owner === undefined) owners.set(key, { tenant, agent });
        else problems.push(taken(where, user, owner, tenant));
      }
    }
}

function taken(path: string, user: string, owner: Owner, tenant: string): ConfigProblem {
  const whose = owner.tenant === tenant ? `${owner.agent}'s` : `${owner.agent}'s of ${owner.tenant}`;
  return { path, found: `${user}, which is ${whose}`, expected: 'an account of their own', isTaken: true };
}
