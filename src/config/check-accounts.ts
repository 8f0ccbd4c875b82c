import type { ConfigProblem } from './config-error.ts';
import type { References } from './references.ts';

/**
 * A Matrix account stands for one agent of a tenant only: what it writes has one meaning. It may answer for several tenants, since a room
 * is of one of them.
 */
export function checkAccounts(tenants: References['tenants'], problems: ConfigProblem[]): void {
  for (const [tenant, declared] of Object.entries(tenants)) {
    const owners = new Map<string, string>();
    for (const [agent, settings] of Object.entries(declared?.agents ?? {})) {
      const path = `tenants.${tenant}.agents.${agent}`;
      const endpoints = settings?.endpoints ?? [];
      const accounts = [
        { path: `${path}.user`, user: settings?.user },
        ...endpoints.map((user, index) => ({
          path: `${path}.endpoints.${String(index)}`,
          user: typeof user === 'string' ? user : undefined,
        })),
      ];
      for (const { path: where, user } of accounts) {
        if (user === undefined) continue;
        const owner = owners.get(user);
        if (owner === undefined) owners.set(user, agent);
        else
          problems.push({
            path: where,
            found: `${user}, which is ${owner}'s`,
            expected: 'an account of their own',
            isTaken: true,
          });
      }
    }
  }
}
