import { as, type HomeserverId, type LineId, type TenantId } from '../platform/ids.ts';
import type { LineSettings, Tenant, TenantRetention } from './tenant.ts';

/**
 * Owner of the lines that tenants share, and of what is said there until it is known which tenant is meant. Has no agents, no queues and no
 * homeserver; no tenant may have its name.
 */
export const sharedTenantId = as<TenantId>('shared');

/** How customers see a line that tenants share, unless it has a name. */
export const sharedLineName = 'Customer service';

export function isShared(tenant: TenantId): boolean {
  return tenant === sharedTenantId;
}

export function sharedTenant(lines: ReadonlyMap<LineId, LineSettings>, retention: TenantRetention): Tenant {
  return {
    id: sharedTenantId,
    name: 'Shared lines',
    homeserver: as<HomeserverId>(''),
    identifiers: [],
    agents: new Map(),
    queues: new Map(),
    lines,
    texts: {},
    nameTemplate: '{name}',
    federate: false,
    relayMaxAgeMs: 0,
    answersPerMinute: 0,
    retention,
    availability: { initial: 'offline', offersAtDesk: false, awayAfterMissed: 0 },
  };
}

/** The lines that a tenant shares, as its own conversations have them: another queue, and the connection of the line that is shared. */
export function aliasesOf(tenant: Tenant, shared: Tenant | undefined): [LineId, LineSettings][] {
  return [...(tenant.sharedLines ?? [])].flatMap(([id, { queue }]): [LineId, LineSettings][] => {
    const line = shared?.lines.get(id);
    return line === undefined ? [] : [[id, { ...line, queue, isShared: true }]];
  });
}
