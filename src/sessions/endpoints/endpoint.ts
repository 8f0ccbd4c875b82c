import { findChannelModule } from '../../channels/registry.ts';
import type { Agent, AgentAddress, LineSettings, Tenant } from '../../directory/tenant.ts';
import { derivedId } from '../../platform/derived-id.ts';
import {
  as,
  type AgentId,
  type ConversationId,
  type LineId,
  type NativeAddress,
} from '../../platform/ids.ts';

/**
 * Where an agent is reached outside Matrix: an address on one of the tenant's own lines. It has an inbox key of its own, as a conversation
 * has: what is written there, and to it, is in one order whichever customer it is about.
 */
export interface Endpoint {
  readonly key: ConversationId;
  readonly agent: AgentId;
  readonly line: LineId;
  /** As the network has it. */
  readonly address: NativeAddress;
}

const prefix = 'endpoint:';

export function isEndpointKey(key: ConversationId): boolean {
  return key.startsWith(prefix);
}

function keyOf(line: LineId, address: NativeAddress): ConversationId {
  return as(`${prefix}${derivedId<string>('endpoint', line, address)}`);
}

/** The one rule that tells agents from customers: whose endpoint an address of the tenant's line is. Undefined: a customer's. */
export function endpointAt(tenant: Tenant, line: LineId, address: NativeAddress): Endpoint | undefined {
  return endpointsIn(tenant).size === 0 ? undefined : endpointOfKey(tenant, keyOf(line, address));
}

/** Undefined where it is no agent's any more. */
export function endpointOfKey(tenant: Tenant, key: ConversationId): Endpoint | undefined {
  return endpointsIn(tenant).get(key);
}

/** In the order in which they were declared. */
export function endpointsOf(tenant: Tenant, agent: Pick<Agent, 'id' | 'addresses'>): Endpoint[] {
  return (agent.addresses ?? []).flatMap((declared) => toEndpoint(tenant, agent.id, declared) ?? []);
}

/** A tenant is never changed, but replaced. */
const known = new WeakMap<Tenant, ReadonlyMap<ConversationId, Endpoint>>();

function endpointsIn(tenant: Tenant): ReadonlyMap<ConversationId, Endpoint> {
  const found = known.get(tenant);
  if (found !== undefined) return found;
  const all = new Map<ConversationId, Endpoint>();
  for (const agent of tenant.agents.values())
    for (const endpoint of endpointsOf(tenant, agent))
      if (!all.has(endpoint.key)) all.set(endpoint.key, endpoint);
  known.set(tenant, all);
  return all;
}

/** Undefined where the tenant has not, or not alone, a line of that name at the moment. */
function toEndpoint(tenant: Tenant, agent: AgentId, declared: AgentAddress): Endpoint | undefined {
  const line = tenant.lines.get(declared.line);
  if (line === undefined || line.isShared === true) return undefined;
  const address = normalised(line, declared.address);
  return { key: keyOf(line.id, address), agent, line: line.id, address };
}

function normalised({ channel, parameters }: LineSettings, written: string): NativeAddress {
  return findChannelModule(channel)?.normaliseAddress?.(written, parameters) ?? as(written);
}
