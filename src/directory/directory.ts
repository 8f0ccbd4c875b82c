import type { AgentId, LineId, MatrixUserId, TenantId } from '../platform/ids.ts';
import { createIdentifierIndex, type Owner } from './identifiers/identifier-index.ts';
import { aliasesOf, isShared, sharedTenantId } from './shared-tenant.ts';
import type { Agent, LineSettings, Tenant } from './tenant.ts';

export type Resolution =
  | ({ readonly outcome: 'hit' } & Owner)
  | {
      readonly outcome: 'ambiguous';
      readonly tenants: readonly TenantId[];
      readonly owners: readonly Owner[];
    }
  | { readonly outcome: 'unknown' };

/** Identifiers to tenants, tenants to what they have. */
export interface Directory {
  tenants(): readonly Tenant[];
  tenant(id: TenantId): Tenant | undefined;
  /** To whom an identifier belongs, in whichever way it is written. */
  resolve(identifier: string): Resolution;
}

/** A directory that changes while it is used. Whoever keeps a tenant for later keeps what it was at that moment. */
export interface ChangingDirectory extends Directory {
  /** Adds the tenant or takes the place of what it was; lines that were put stay beside its own. */
  putTenant(tenant: Tenant): void;
  /** With its lines. */
  removeTenant(id: TenantId): void;
  /** Does nothing where there is no such tenant. */
  putLine(tenant: TenantId, line: LineSettings): void;
  removeLine(tenant: TenantId, line: LineId): void;
}

/** The directory, at first of what the config file declares. */
export function createDeclaredDirectory(declared: readonly Tenant[]): ChangingDirectory {
  const byId = new Map<TenantId, Tenant>();
  /** As they were put, without the lines that came later. */
  const bare = new Map<TenantId, Tenant>();
  const putLines = new Map<TenantId, Map<LineId, LineSettings>>();
  const identifiers = createIdentifierIndex();
  let tenants: readonly Tenant[] = [];

  const refresh = (id: TenantId): void => {
    const tenant = bare.get(id);
    if (tenant === undefined) byId.delete(id);
    else {
      const aliases = aliasesOf(tenant, byId.get(sharedTenantId));
      const lines = new Map([...aliases, ...(putLines.get(id) ?? []), ...tenant.lines]);
      byId.set(id, { ...tenant, lines });
    }
    if (isShared(id))
      for (const other of bare.values())
        if (other.sharedLines !== undefined && !isShared(other.id)) refresh(other.id);
    tenants = [...byId.values()];
  };
  const putTenant = (tenant: Tenant): void => {
    bare.set(tenant.id, tenant);
    identifiers.put(tenant);
    refresh(tenant.id);
  };
  for (const tenant of declared) putTenant(tenant);

  return {
    tenants: () => tenants,
    tenant: (id) => byId.get(id),
    putTenant,
    removeTenant(id) {
      bare.delete(id);
      putLines.delete(id);
      identifiers.remove(id);
      refresh(id);
    },
    putLine(id, line) {
      if (!bare.has(id)) return;
      putLines.set(id, new Map(putLines.get(id)).set(line.id, line));
      refresh(id);
    },
    removeLine(id, line) {
      putLines.get(id)?.delete(line);
      refresh(id);
    },
    resolve(identifier) {
      const owners = identifiers.ownersOf(identifier);
      const [only] = owners;
      if (only === undefined) return { outcome: 'unknown' };
      return owners.length === 1
        ? { outcome: 'hit', ...only }
        : { outcome: 'ambiguous', tenants: owners.map(({ tenant }) => tenant), owners };
    },
  };
}

/** Whose account it is, whichever of theirs. */
export function agentOfUser(tenant: Tenant, user: MatrixUserId): Agent | undefined {
  for (const agent of tenant.agents.values())
    if (agent.user === user || agent.endpoints?.includes(user) === true) return agent;
  return undefined;
}

/** All accounts of an agent, the one that stands first in the directory first. */
export function accountsOf({ user, endpoints = [] }: Pick<Agent, 'user' | 'endpoints'>): MatrixUserId[] {
  return [user, ...endpoints];
}

/** @throws when the id is not one of the tenant's: the caller took it from a record that outlived its declaration. */
export function agentOf(tenant: Tenant, id: AgentId): Agent {
  const agent = tenant.agents.get(id);
  if (agent === undefined) throw new Error(`tenant ${tenant.id} has no agent ${id}`);
  return agent;
}
