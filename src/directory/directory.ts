import type { AgentId, LineId, MatrixUserId, TenantId } from '../platform/ids.ts';
import { normaliseIdentifier } from './identifier.ts';
import type { Agent, LineSettings, Tenant } from './tenant.ts';

export type Resolution =
  | { readonly outcome: 'hit'; readonly tenant: TenantId }
  | { readonly outcome: 'ambiguous'; readonly tenants: readonly TenantId[] }
  | { readonly outcome: 'unknown' };

/** Identifiers to tenants, tenants to what they have. */
export interface Directory {
  tenants(): readonly Tenant[];
  tenant(id: TenantId): Tenant | undefined;
  /** To whom an identifier belongs, in whichever way it is written. */
  resolve(identifier: string): Resolution;
}

/** A directory whose tenants' lines come and go while it is used. Whoever keeps a tenant for later keeps its lines of that moment. */
export interface ChangingDirectory extends Directory {
  putLine(tenant: TenantId, line: LineSettings): void;
  removeLine(tenant: TenantId, line: LineId): void;
}

/** The directory of what the config file declares. */
export function createDeclaredDirectory(declared: readonly Tenant[]): ChangingDirectory {
  const byId = new Map(declared.map((tenant) => [tenant.id, tenant]));
  const byIdentifier = new Map<string, Set<TenantId>>();
  let tenants = declared;
  for (const tenant of declared) {
    for (const identifier of [tenant.id, tenant.name, ...tenant.identifiers]) {
      const key = normaliseIdentifier(identifier);
      const owners = byIdentifier.get(key) ?? new Set();
      byIdentifier.set(key, owners.add(tenant.id));
    }
  }
  const change = (id: TenantId, edit: (lines: Map<LineId, LineSettings>) => void): void => {
    const tenant = byId.get(id);
    if (tenant === undefined) return;
    const lines = new Map(tenant.lines);
    edit(lines);
    byId.set(id, { ...tenant, lines });
    tenants = [...byId.values()];
  };
  return {
    tenants: () => tenants,
    tenant: (id) => byId.get(id),
    putLine: (id, line) => {
      change(id, (lines) => lines.set(line.id, line));
    },
    removeLine: (id, line) => {
      change(id, (lines) => lines.delete(line));
    },
    resolve(identifier) {
      const owners = [...(byIdentifier.get(normaliseIdentifier(identifier)) ?? [])];
      const [only] = owners;
      if (only === undefined) return { outcome: 'unknown' };
      return owners.length === 1
        ? { outcome: 'hit', tenant: only }
        : { outcome: 'ambiguous', tenants: owners };
    },
  };
}

export function agentOfUser(tenant: Tenant, user: MatrixUserId): Agent | undefined {
  for (const agent of tenant.agents.values()) if (agent.user === user) return agent;
  return undefined;
}

/** @throws when the id is not one of the tenant's: the caller took it from a record that outlived its declaration. */
export function agentOf(tenant: Tenant, id: AgentId): Agent {
  const agent = tenant.agents.get(id);
  if (agent === undefined) throw new Error(`tenant ${tenant.id} has no agent ${id}`);
  return agent;
}
