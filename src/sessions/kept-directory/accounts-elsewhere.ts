import { accountsOf, type Directory } from '../../directory/directory.ts';
import type { InputProblem } from '../../directory/kept/input-refused.ts';
import type { Part } from '../../directory/kept/kept-part.ts';
import type { Agent } from '../../directory/tenant.ts';
import type { TenantId } from '../../platform/ids.ts';

/** Accounts of this agent that stand for agents of other tenants of the homeserver. Whose they are is not told: tenants see nothing of each other. */
export function accountsElsewhere(directory: Directory, tenant: TenantId, part: Part): InputProblem[] {
  const homeserver = directory.tenant(tenant)?.homeserver;
  if (part.kind !== 'agents' || homeserver === undefined) return [];
  const others = directory
    .tenants()
    .filter((other) => other.homeserver === homeserver && other.id !== tenant);
  const taken = new Set(others.flatMap(({ agents }) => [...agents.values()].flatMap(accountsOf)));
  return accountsOf(part.body as Agent).flatMap((user, index) =>
    taken.has(user)
      ? [
          {
            path: index === 0 ? 'user' : `endpoints.${String(index - 1)}`,
            found: 'an account that stands for somebody else',
            expected: 'an account of their own',
            isTaken: true as const,
          },
        ]
      : [],
  );
}
