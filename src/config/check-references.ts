import { z } from 'zod';
import { dirname, resolve } from 'node:path';
import { channelNames, findChannelModule } from '../channels/registry.ts';
import { directService } from '../directory/service-settings.ts';
import { sharedTenantId } from '../directory/shared-tenant.ts';
import type { HomeserverSettings } from '../matrix/matrix-side.ts';
import { readRegistration, RegistrationError } from '../matrix/registration-file.ts';
import type { ConfigProblem } from './config-error.ts';
import { checkAccounts } from './check-accounts.ts';
import { describe, problemsOf } from './issue-words.ts';
import type { References } from './references.ts';

/** Each line's parameters by its network's own schema; gives the checked ones by `tenant/line`. */
export function checkLines(
  { tenants, sharedLines }: References,
  problems: ConfigProblem[],
): Map<string, object> {
  const checked = new Map<string, object>();
  const groups = [
    { tenant: sharedTenantId as string, lines: sharedLines, where: ['sharedLines'] },
    ...Object.entries(tenants).map(([tenant, declared]) => ({
      tenant,
      lines: declared?.lines ?? {},
      where: ['tenants', tenant, 'lines'],
    })),
  ];
  for (const { tenant, lines, where } of groups) {
    for (const [id, line] of Object.entries(lines)) {
      if (line?.channel === undefined) continue;
      const path = [...where, id];
      const module = findChannelModule(line.channel);
      if (module === undefined) {
        problems.push({
          path: [...path, 'channel'].join('.'),
          found: describe(line.channel),
          expected: `one of ${channelNames.join(', ')}`,
        });
        continue;
      }
      if (line.parameters === undefined) continue;
      const result = module.parameters.safeParse(line.parameters);
      if (result.success) checked.set(`${tenant}/${id}`, result.data);
      else {
        // What the network's schema complains about may be anything: values of parameters are never quoted.
        problems.push(
          ...problemsOf(result.error.issues, line.parameters, [...path, 'parameters'], () => true),
        );
      }
    }
  }
  return checked;
}

interface Members {
  readonly agents: readonly (string | undefined)[];
  readonly teams: readonly (string | undefined)[];
}

const networks: Readonly<Record<string, true>> = Object.fromEntries(channelNames.map((name) => [name, true]));

/** Names that are used must be declared. */
export function checkNames(
  { tenants, homeservers, sharedLines }: References,
  problems: ConfigProblem[],
): void {
  const check = (path: string, name: string | undefined, known: object, what: string): void => {
    if (name === undefined || Object.hasOwn(known, name)) return;
    const names = Object.keys(known).join(', ');
    problems.push({
      path,
      found: describe(name),
      expected: `${what} that is declared${names === '' ? ' (there is none)' : `: ${names}`}`,
    });
  };
  for (const [id, tenant] of Object.entries(tenants)) {
    if (tenant === undefined) continue;
    const path = `tenants.${id}`;
    check(`${path}.homeserver`, tenant.homeserver, homeservers, 'a homeserver');
    const teams: Readonly<Record<string, true>> = Object.fromEntries(
      Object.values(tenant.agents).flatMap(
        (agent) => agent?.teams.flatMap((team) => [[team ?? '', true]]) ?? [],
      ),
    );
    const checkMembers = (where: string, named: Members): void => {
      named.agents.forEach((agent, index) => {
        check(`${where}.agents.${String(index)}`, agent, tenant.agents, 'an agent of the tenant');
      });
      named.teams.forEach((team, index) => {
        check(`${where}.teams.${String(index)}`, team, teams, 'a team that an agent of the tenant is in');
      });
    };
    for (const [name, queue] of Object.entries(tenant.queues)) {
      if (queue === undefined) continue;
      const where = `${path}.queues.${name}`;
      checkMembers(where, queue);
      queue.rings.forEach((ring, index) => {
        checkMembers(`${where}.rings.${String(index)}`, ring);
      });
    }
    for (const [name, service] of Object.entries(tenant.services)) {
      const queue = z.object({ queue: z.string() }).safeParse(service).data?.queue;
      check(`${path}.services.${name}.queue`, queue, tenant.queues, 'a queue of the tenant');
    }
    tenant.identifiers.forEach((given, index) => {
      const where = `${path}.identifiers.${String(index)}.service`;
      check(where, given?.service, tenant.services, 'a service of the tenant');
    });
    for (const [name, use] of Object.entries(tenant.sharedLines)) {
      check(`${path}.sharedLines.${name}.queue`, use?.queue, tenant.queues, 'a queue of the tenant');
      check(`${path}.sharedLines.${name}`, name, sharedLines, 'a shared line of the installation');
      if (Object.hasOwn(tenant.lines, name))
        problems.push({
          path: `${path}.sharedLines.${name}`,
          found: 'the name of a line of the tenant',
          expected: 'a line that has the name alone',
        });
    }
    if (id === sharedTenantId)
      problems.push({ path, found: 'the name that shared lines go by', expected: 'another name' });
    for (const [name, agent] of Object.entries(tenant.agents)) {
      agent?.networks.forEach((network, index) => {
        check(`${path}.agents.${name}.networks.${String(index)}`, network, networks, 'a network');
      });
    }
    for (const [name, line] of Object.entries(tenant.lines)) {
      check(`${path}.lines.${name}.queue`, line?.queue, tenant.queues, 'a queue of the tenant');
      const services = { [directService]: true, ...tenant.services };
      check(`${path}.lines.${name}.service`, line?.service, services, 'a service of the tenant');
    }
  }
  checkAccounts(tenants, problems);
}

/** Of the config file, a queue that asks nobody is a mistake. By REST agents come after their queue, or applications serve it. */
export function checkQueuesHaveAgents({ tenants }: References, problems: ConfigProblem[]): void {
  for (const [id, tenant] of Object.entries(tenants))
    for (const [name, queue] of Object.entries(tenant?.queues ?? {}))
      if (queue?.agents.length === 0 && queue.teams.length === 0)
        problems.push({
          path: `tenants.${id}.queues.${name}.agents`,
          found: 'nobody',
          expected: 'at least one agent, here or by teams',
        });
}

/** The registration files, by homeserver. */
export function readRegistrations(
  file: string,
  { homeservers }: References,
  problems: ConfigProblem[],
): Map<string, HomeserverSettings['registration']> {
  const read = new Map<string, HomeserverSettings['registration']>();
  for (const [id, homeserver] of Object.entries(homeservers)) {
    const { domain, registration } = homeserver ?? {};
    if (domain === undefined || registration === undefined) continue;
    try {
      read.set(id, readRegistration(resolve(dirname(file), registration), { domain }));
    } catch (error) {
      if (!(error instanceof RegistrationError)) throw error;
      for (const problem of error.problems) {
        const inner = problem.path === '' ? '' : ` (${problem.path})`;
        problems.push({
          path: `homeservers.${id}.registration`,
          found: `in ${registration}${inner}: ${problem.found}`,
          expected: problem.expected,
        });
      }
    }
  }
  return read;
}
