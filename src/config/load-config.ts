import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import {
  as,
  type AgentId,
  type HomeserverId,
  type LineId,
  type MatrixUserId,
  type QueueId,
  type TenantId,
} from '../platform/ids.ts';
import { channelNames, findChannelModule } from '../channels/registry.ts';
import { isSecret } from '../channels/secret.ts';
import type { Agent, LineSettings, Queue, Tenant } from '../directory/tenant.ts';
import { readRegistration, RegistrationError } from '../matrix/registration-file.ts';
import type { HomeserverSettings } from '../matrix/matrix-side.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { applyEnvironment, unwrap } from './environment.ts';
import { describe, problemsOf } from './issue-words.ts';
import { configSchema, type Config } from './schema.ts';

/** The configuration as the parts take it. */
export interface Settings {
  readonly file: string;
  readonly config: Config;
  readonly homeservers: readonly HomeserverSettings[];
  readonly tenants: readonly Tenant[];
  readonly storeDirectory: string;
}

/**
 * Reads the config file, the environment over it, and the registration files that it names.
 * @throws {ConfigError} with all that is wrong at once
 */
export function loadConfig(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Settings {
  const { value, problems } = applyEnvironment(readYaml(file), configSchema, environment);
  const checked = configSchema.safeParse(value);
  if (!checked.success) {
    problems.push(...problemsOf(checked.error.issues, value, [], (path) => isSecretPath(path)));
    checkSoundGroups(file, value, problems);
    throw new ConfigError(file, problems);
  }
  const config = checked.data;
  const lines = checkLines(config, problems);
  checkNames(config, problems);
  const homeservers = readHomeservers(file, config, problems);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return {
    file,
    config,
    homeservers,
    tenants: Object.entries(config.tenants).map(([id, tenant]) => toTenant(id, tenant, lines)),
    storeDirectory: resolve(dirname(file), config.store.directory),
  };
}

/** A mistake in one group must not hide those in others: what is well-formed is looked into all the same. */
function checkSoundGroups(file: string, value: unknown, problems: ConfigProblem[]): void {
  const groups = z.object({ tenants: z.unknown(), homeservers: z.unknown() }).partial().safeParse(value);
  const tenants = configSchema.shape.tenants.safeParse(groups.data?.tenants);
  const homeservers = configSchema.shape.homeservers.safeParse(groups.data?.homeservers);
  if (tenants.success) checkLines({ tenants: tenants.data }, problems);
  if (homeservers.success) readHomeservers(file, { homeservers: homeservers.data }, problems);
  if (tenants.success && homeservers.success)
    checkNames({ tenants: tenants.data, homeservers: homeservers.data }, problems);
}

function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(file, [
      {
        path: '',
        found: 'no file that can be read',
        expected: 'a config file: copy config/config.sample.yaml and fill it in',
      },
    ]);
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error === undefined) return withoutEmpty(document.toJS());
  const [position] = error.linePos ?? [];
  const where = position === undefined ? '' : `line ${String(position.line)}, column ${String(position.col)}`;
  throw new ConfigError(file, [
    { path: where, found: error.message.split('\n')[0] ?? 'no YAML', expected: 'valid YAML' },
  ]);
}

/** A group whose settings all stand behind comment signs is null to YAML, and as good as absent. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutEmpty(inner)]));
}

function isSecretPath(path: readonly PropertyKey[]): boolean {
  let rules: z.ZodType | undefined = configSchema;
  for (const key of path) {
    if (rules === undefined) return false;
    const inner = unwrap(rules) as { shape?: Record<string, z.ZodType>; valueType?: z.ZodType };
    rules = inner.shape?.[String(key)] ?? inner.valueType;
  }
  return rules !== undefined && isSecret(rules);
}

/** Each line's parameters by its network's own schema; gives the checked ones by `tenant/line`. */
function checkLines(config: Pick<Config, 'tenants'>, problems: ConfigProblem[]): Map<string, object> {
  const checked = new Map<string, object>();
  for (const [tenant, { lines }] of Object.entries(config.tenants)) {
    for (const [id, line] of Object.entries(lines)) {
      const path = ['tenants', tenant, 'lines', id];
      const module = findChannelModule(line.channel);
      if (module === undefined) {
        problems.push({
          path: [...path, 'channel'].join('.'),
          found: describe(line.channel),
          expected: `one of ${channelNames.join(', ')}`,
        });
        continue;
      }
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

/** Names that are used must be declared. */
function checkNames(config: Pick<Config, 'tenants' | 'homeservers'>, problems: ConfigProblem[]): void {
  const check = (path: string, name: string, known: object, what: string): void => {
    if (Object.hasOwn(known, name)) return;
    const names = Object.keys(known).join(', ');
    problems.push({
      path,
      found: describe(name),
      expected: `${what} that is declared${names === '' ? ' (there is none)' : `: ${names}`}`,
    });
  };
  for (const [id, tenant] of Object.entries(config.tenants)) {
    const path = `tenants.${id}`;
    check(`${path}.homeserver`, tenant.homeserver, config.homeservers, 'a homeserver');
    for (const [name, queue] of Object.entries(tenant.queues)) {
      queue.agents.forEach((agent, index) => {
        check(
          `${path}.queues.${name}.agents.${String(index)}`,
          agent,
          tenant.agents,
          'an agent of the tenant',
        );
      });
    }
    for (const [name, line] of Object.entries(tenant.lines)) {
      check(`${path}.lines.${name}.queue`, line.queue, tenant.queues, 'a queue of the tenant');
    }
    const users = new Map<string, string>();
    for (const [name, { user }] of Object.entries(tenant.agents)) {
      const other = users.get(user);
      if (other !== undefined) {
        problems.push({
          path: `${path}.agents.${name}.user`,
          found: `${user}, which is ${other}'s`,
          expected: 'an account of their own',
        });
      }
      users.set(user, name);
    }
  }
}

function readHomeservers(
  file: string,
  config: Pick<Config, 'homeservers'>,
  problems: ConfigProblem[],
): HomeserverSettings[] {
  return Object.entries(config.homeservers).flatMap(([id, { url, domain, registration }]) => {
    try {
      return [
        {
          id: as<HomeserverId>(id),
          url: url.replace(/\/+$/, ''),
          domain,
          registration: readRegistration(resolve(dirname(file), registration), { domain }),
        },
      ];
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
      return [];
    }
  });
}

function toTenant(
  id: string,
  tenant: Config['tenants'][string],
  parameters: ReadonlyMap<string, object>,
): Tenant {
  const agents = Object.entries(tenant.agents).map(([name, agent]): [AgentId, Agent] => [
    as(name),
    { ...agent, id: as(name), user: as<MatrixUserId>(agent.user) },
  ]);
  const queues = Object.entries(tenant.queues).map(([name, queue]): [QueueId, Queue] => [
    as(name),
    {
      id: as(name),
      name: queue.name,
      agents: queue.agents.map((agent) => as<AgentId>(agent)),
      offerMs: queue.offerSeconds * 1000,
      retryMs: queue.retrySeconds * 1000,
    },
  ]);
  const lines = Object.entries(tenant.lines).map(([name, line]): [LineId, LineSettings] => [
    as(name),
    {
      id: as(name),
      channel: line.channel,
      displayName: line.name ?? tenant.name,
      queue: as(line.queue),
      onUnclear: line.onUnclear,
      parameters: parameters.get(`${id}/${name}`) ?? {},
    },
  ]);
  return {
    id: as<TenantId>(id),
    name: tenant.name,
    homeserver: as(tenant.homeserver),
    identifiers: tenant.identifiers,
    agents: new Map(agents),
    queues: new Map(queues),
    lines: new Map(lines),
    texts: withoutAbsent(tenant.texts),
    nameTemplate: tenant.nameTemplate,
    federate: tenant.federate,
    relayMaxAgeMs: tenant.relayMaxAgeSeconds * 1000,
  };
}

function withoutAbsent(texts: Config['tenants'][string]['texts']): Tenant['texts'] {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined));
}
