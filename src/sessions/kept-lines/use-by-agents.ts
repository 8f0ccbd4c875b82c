import { splitEndpoints, type DeclaredEndpoint } from '../../directory/agent-endpoints.ts';
import type { Directory } from '../../directory/directory.ts';
import { listParts } from '../../directory/kept/kept-part.ts';
import type { AgentAddress } from '../../directory/tenant.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';

/** Why a line must stay that agents are reached on, in words for operators; undefined: no agent names it. */
export async function useByAgents(
  store: Store,
  directory: Directory,
  tenant: TenantId,
  line: LineId,
): Promise<string | undefined> {
  const kept = [...(await listParts(store, tenant, 'agents')).values()].map(({ value }) => value);
  const byRest = new Set(kept.map(({ name }) => name));
  const names = (addresses: readonly AgentAddress[] = []): boolean =>
    addresses.some((address) => address.line === line);
  const ofFile = [...(directory.tenant(tenant)?.agents.values() ?? [])]
    .filter(({ id, addresses }) => !byRest.has(id) && names(addresses))
    .map(({ id }): string => id);
  const others = kept
    .filter(({ body }) => {
      const { endpoints = [] } = body as { readonly endpoints?: readonly DeclaredEndpoint[] };
      return names(splitEndpoints(endpoints).addresses);
    })
    .map(({ name }) => name);
  const agents = [...ofFile, ...others].sort();
  if (agents.length === 0) return undefined;
  return `an endpoint of ${agents.map((agent) => `agent ${agent}`).join(', ')}`;
}
