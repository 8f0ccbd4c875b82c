import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { as, type HomeserverId } from '../platform/ids.ts';
import { isSecretAt } from '../channels/secret.ts';
import type { Tenant, TenantRetention } from '../directory/tenant.ts';
import { sharedLineName, sharedTenant, sharedTenantId } from '../directory/shared-tenant.ts';
import type { HomeserverSettings } from '../matrix/matrix-side.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { applyEnvironment } from './environment.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkLines, checkNames, checkQueuesHaveAgents, readRegistrations } from './check-references.ts';
import { checkRules } from './check-rules.ts';
import { checkServices } from './check-services.ts';
import { problemsOf } from './issue-words.ts';
import type { SecretKey } from '../secrets/secret-key.ts';
import { readPostgres, type PostgresSettings } from './postgres-settings.ts';
import { readReferences } from './references.ts';
import { configSchema, type Config } from './schema.ts';
import { readSecretKeys } from './secret-keys.ts';
import { secretsSchema } from './secrets-schema.ts';
import { storeSchema } from './store-schema.ts';
import { toFrontTexts, toLines, toRetention, toTenant } from './to-tenant.ts';

/** The configuration as the parts take it. */
export interface Settings {
  readonly file: string;
  readonly config: Config;
  readonly homeservers: readonly HomeserverSettings[];
  readonly tenants: readonly Tenant[];
  /** Owner of the lines that tenants share. */
  readonly shared: Tenant;
  /** For tenants that are no longer declared. */
  readonly retention: TenantRetention;
  /** Of the embedded store; files and the link secret are in it with either kind. */
  readonly storeDirectory: string;
  /** With `store.kind: postgres`. */
  readonly postgres?: PostgresSettings;
  /** As the config file names them: the first seals, all open. */
  readonly secretKeys: readonly SecretKey[];
  /** Reads file and environment anew for the same. @throws {ConfigError} */
  rereadSecretKeys(): readonly SecretKey[];
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
  if (!checked.success)
    problems.push(...problemsOf(checked.error.issues, value, [], (path) => isSecretAt(configSchema, path)));
  const references = readReferences(value);
  const lines = checkLines(references, problems);
  checkNames(references, problems);
  checkEndpoints(references.tenants, problems);
  checkServices(references, problems);
  checkRules(references, problems);
  checkQueuesHaveAgents(references, problems);
  const registrations = readRegistrations(file, references, problems);
  const postgres = postgresOf(file, value, problems);
  const secretKeys = secretKeysOf(file, value, environment, problems);
  if (!checked.success || problems.length > 0) throw new ConfigError(file, problems);
  const config = checked.data;
  return {
    file,
    config,
    homeservers: toHomeservers(config, registrations),
    tenants: Object.entries(config.tenants).map(([id, tenant]) =>
      toTenant(
        id,
        tenant,
        { lines: toLines(id, tenant, lines), about: () => ({ ofFile: true }) },
        toRetention(config.retention, tenant.retention),
      ),
    ),
    shared: toShared(config, lines),
    retention: toRetention(config.retention, {}),
    storeDirectory: resolve(dirname(file), config.store.directory),
    ...(postgres === undefined ? {} : { postgres }),
    secretKeys,
    rereadSecretKeys: () => loadConfig(file, environment).secretKeys,
  };
}

/** A mistake elsewhere in the file does not hide one here. */
function postgresOf(file: string, value: unknown, problems: ConfigProblem[]): PostgresSettings | undefined {
  const { data } = z.object({ store: storeSchema.prefault({}) }).safeParse(value);
  return data?.store.kind === 'postgres' ? readPostgres(file, data.store, problems) : undefined;
}

function secretKeysOf(
  file: string,
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblem[],
): SecretKey[] {
  const { data } = z.object({ secrets: secretsSchema.prefault({}) }).safeParse(value);
  return data === undefined ? [] : readSecretKeys(file, data.secrets, environment, problems);
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

function toShared(config: Config, parameters: ReadonlyMap<string, object>): Tenant {
  const lines = toLines(sharedTenantId, { name: sharedLineName, lines: config.sharedLines }, parameters);
  const withTexts = [...lines].map(
    ([id, line]) => [id, { ...line, ...toFrontTexts(config.sharedLines[id]) }] as const,
  );
  return sharedTenant(new Map(withTexts), toRetention(config.retention, {}));
}

function toHomeservers(
  config: Config,
  registrations: ReadonlyMap<string, HomeserverSettings['registration']>,
): HomeserverSettings[] {
  return Object.entries(config.homeservers).flatMap(([id, { url, domain, secondaryHsToken }]) => {
    const registration = registrations.get(id);
    return registration === undefined
      ? []
      : [
          {
            id: as<HomeserverId>(id),
            url: url.replace(/\/+$/, ''),
            domain,
            registration: {
              ...registration,
              ...(secondaryHsToken === undefined ? {} : { secondaryHsToken }),
            },
          },
        ];
  });
}
