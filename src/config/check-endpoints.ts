import { findChannelModule } from '../channels/registry.ts';
import type { LineSettings } from '../directory/tenant.ts';
import type { ConfigProblem } from './config-error.ts';
import { describe } from './issue-words.ts';
import type { References } from './references.ts';

type Tenants = References['tenants'];
type DeclaredTenant = NonNullable<Tenants[string]>;
/** As far as it matters to those who are written to on it. */
type EndpointLine = Partial<Pick<LineSettings, 'channel' | 'parameters'>>;

/**
 * An address on a line stands for one agent of a tenant only, and the line is the tenant's own: on a shared one, the same person may be a
 * customer of another tenant. `kept`: lines that were added by REST.
 */
export function checkEndpoints(
  tenants: Tenants,
  problems: ConfigProblem[],
  kept: ReadonlyMap<string, EndpointLine> = new Map(),
): void {
  for (const [id, tenant] of Object.entries(tenants)) {
    if (tenant === undefined) continue;
    const owners = new Map<string, string>();
    for (const [agent, settings] of Object.entries(tenant.agents))
      for (const [index, endpoint] of (settings?.endpoints ?? []).entries()) {
        if (typeof endpoint !== 'object') continue;
        const path = `tenants.${id}.agents.${agent}.endpoints.${String(index)}`;
        const line = lineNamed(tenant, kept, endpoint.line);
        if (line === undefined) problems.push(noLine(tenant, kept, `${path}.line`, endpoint.line));
        else checkAddress({ ...endpoint, path, agent }, line, owners, problems);
      }
  }
}

function checkAddress(
  { path, agent, line, address }: Readonly<Record<'path' | 'agent' | 'line' | 'address', string>>,
  { channel, parameters }: EndpointLine,
  owners: Map<string, string>,
  problems: ConfigProblem[],
): void {
  const module = channel === undefined ? undefined : findChannelModule(channel);
  const read = module?.parameters.safeParse(parameters);
  const normalised =
    module?.normaliseAddress === undefined || read?.success !== true
      ? address
      : module.normaliseAddress(address, read.data);
  if (normalised === undefined) {
    const expected = `an address as ${module?.title ?? 'the network'} has them`;
    problems.push({ path: `${path}.address`, found: 'something else', expected });
    return;
  }
  const name = JSON.stringify([line, normalised]);
  const owner = owners.get(name);
  if (owner === undefined) owners.set(name, agent);
  else
    problems.push({
      path: `${path}.address`,
      found: owner === agent ? 'the same a second time' : `an address that is ${owner}'s`,
      expected: 'an address of their own',
      isTaken: true,
    });
}

function lineNamed(
  { lines, sharedLines }: DeclaredTenant,
  kept: ReadonlyMap<string, EndpointLine>,
  name: string,
): EndpointLine | undefined {
  if (Object.hasOwn(sharedLines, name)) return undefined;
  if (!Object.hasOwn(lines, name)) return kept.get(name);
  const { channel, parameters } = lines[name] ?? {};
  return {
    ...(channel === undefined ? {} : { channel }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

function noLine(
  { lines, sharedLines }: DeclaredTenant,
  kept: ReadonlyMap<string, EndpointLine>,
  path: string,
  name: string,
): ConfigProblem {
  const own = [...Object.keys(lines), ...kept.keys()].join(', ');
  const expected = `a line of the tenant's own${own === '' ? ' (there is none)' : `: ${own}`}`;
  const found = Object.hasOwn(sharedLines, name)
    ? `${describe(name)}, a line that it shares with others`
    : describe(name);
  return { path, found, expected };
}
