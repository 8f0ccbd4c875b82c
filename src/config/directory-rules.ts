import { z } from 'zod';
import { isSecretAt, redact } from '../channels/secret.ts';
import { InputRefused } from '../directory/kept/input-refused.ts';
import { partId, tenantKind } from '../directory/kept/kept-part.ts';
import type { LineSettings, Tenant } from '../directory/tenant.ts';
import { as, type LineId, type TenantId } from '../platform/ids.ts';
import type { DirectoryRules, PartProblem } from '../sessions/kept-directory/directory-rules.ts';
import { placesLeft } from '../sessions/kept-directory/given-secrets.ts';
import type { OpenedPart } from '../sessions/kept-directory/opened-part.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkNames } from './check-references.ts';
import { checkRules } from './check-rules.ts';
import { checkServices } from './check-services.ts';
import type { ConfigProblem } from './config-error.ts';
import { allKinds, directoryKinds, identifierName, tenantPartSchema } from './directory-kinds.ts';
import { problemsOf } from './issue-words.ts';
import type { Settings } from './load-config.ts';
import type { AboutParts } from './part-about.ts';
import { readReferences } from './references.ts';
import { id as idSchema } from './schema-words.ts';
import { toRetention, toTenant, type DeclaredTenant } from './to-tenant.ts';

const noLines: ReadonlyMap<LineId, LineSettings> = new Map();

/** Stands for a tenant that no longer fits, so that what its parts say of each other can be looked at. */
const nameless = tenantPartSchema.parse({ name: 'nameless', homeserver: 'none' });

/** Parts that come by REST are held to what the config file's are. */
export function createDirectoryRules({
  config,
  tenants: inFile,
}: Pick<Settings, 'config' | 'tenants'>): DirectoryRules {
  const declaredOf = (id: TenantId): DeclaredTenant | undefined =>
    Object.hasOwn(config.tenants, id) ? config.tenants[id] : undefined;

  /**
   * As the config file would have it; the part that stands last in `parts` stands last in its group. What no longer fits its schema is left
   * out; `instead`: in the place of the tenant itself, where it does not.
   */
  const whole = (
    id: TenantId,
    parts: readonly OpenedPart[],
    instead?: z.output<typeof tenantPartSchema>,
  ): Omit<DeclaredTenant, 'lines'> | undefined => {
    const file = declaredOf(id);
    const kept = parts.find(({ kind }) => kind === tenantKind)?.body;
    if (file === undefined && kept === undefined) return undefined;
    const itself = file ?? tenantPartSchema.safeParse(withoutApplications(kept)).data ?? instead;
    if (itself === undefined) return undefined;
    const groups = directoryKinds.map(({ kind, schema, of, into, withoutSecrets }) => {
      const added = [...applicationsIn(kept), ...parts].flatMap((part): [string, object][] => {
        const { name, body, problem } = part;
        if (part.kind !== kind) return [];
        // Why one is left out, `misfits` tells.
        const read = schema.safeParse(problem === undefined ? body : withoutSecrets(body));
        return read.success ? [[name, read.data]] : [];
      });
      const declared = file === undefined ? {} : of(file);
      return into({ ...declared, ...Object.fromEntries(added), ...declared });
    });
    return Object.assign({}, itself, ...groups) as Omit<DeclaredTenant, 'lines'>;
  };

  const ofFile = (id: TenantId): Tenant | undefined => inFile.find((declared) => declared.id === id);

  return {
    kinds: allKinds,
    ofFile,
    misfits(id, { kind, name, body, problem }) {
      const file = declaredOf(id);
      if (kind === tenantKind) {
        if (file !== undefined) return [];
        const applications = directoryKinds.find((each) => each.kind === 'applications');
        return [
          ...issuesOf(tenantPartSchema, withoutApplications(body), []),
          ...applicationsIn(body).flatMap((each) =>
            applications === undefined
              ? []
              : issuesOf(applications.schema, each.body, [each.kind, each.name]),
          ),
        ];
      }
      const rules = directoryKinds.find((each) => each.kind === kind);
      if (rules === undefined) return [{ path: 'kind', found: kind, expected: 'one that this version has' }];
      // One whose secrets are missing says so itself.
      if (problem !== undefined || (file !== undefined && Object.hasOwn(rules.of(file), name))) return [];
      return issuesOf(rules.schema, body, []);
    },
    read(kind, name, input) {
      const rules =
        kind === tenantKind
          ? { schema: tenantPartSchema, name: idSchema }
          : directoryKinds.find((each) => each.kind === kind);
      if (rules === undefined) throw new Error(`no parts are called ${kind}`);
      const left = secretsLeft(rules.schema as z.ZodType, input);
      const issues = issuesOf(rules.schema as z.ZodType, input, []);
      const problems = [
        ...issuesOf(rules.name, name, ['id']),
        ...left,
        ...issues.filter(({ path }) => !left.some((problem) => problem.path === path)),
      ];
      if (problems.length > 0) throw new InputRefused(problems);
      return { kind, name, body: (rules.schema as z.ZodType<object>).parse(input) };
    },
    shown: (kind, body) => {
      const schema = directoryKinds.find((each) => each.kind === kind)?.schema ?? tenantPartSchema;
      return redact(schema, body) as object;
    },
    nameOf(kind, input) {
      const rules = directoryKinds.find((each) => each.kind === kind);
      if (rules?.nameOf === undefined) throw new Error(`${kind} are not named by what they say`);
      const problems = issuesOf(rules.schema, input, []);
      if (problems.length > 0) throw new InputRefused(problems);
      return rules.nameOf(rules.schema.parse(input));
    },
    declaredTenants: () => Object.keys(config.tenants).map((id) => as<TenantId>(id)),
    declared(id) {
      const file = declaredOf(id);
      if (file === undefined) return undefined;
      const itself = { kind: tenantKind, name: id, body: tenantBody(file) };
      const groups = directoryKinds.flatMap(({ kind, of }) =>
        Object.entries(of(file)).map(([name, body]) => ({ kind, name, body })),
      );
      return [itself, ...groups];
    },
    problems(id, parts, sharedLines, keptLines) {
      const tenant = whole(id, parts, nameless);
      if (tenant === undefined) return [];
      const found: ConfigProblem[] = [];
      const lines = declaredOf(id)?.lines ?? {};
      const references = readReferences({
        homeservers: config.homeservers,
        sharedLines: { ...config.sharedLines, ...Object.fromEntries(sharedLines.map((line) => [line, {}])) },
        tenants: { [id]: { ...tenant, lines } },
      });
      checkNames(references, found);
      checkEndpoints(references.tenants, found, keptLines);
      checkServices(references, found);
      checkRules(references, found);
      return found.map((problem) => placed(id, tenant, problem));
    },
    tenant(id, parts) {
      const tenant = whole(id, parts);
      if (tenant === undefined) {
        if (!parts.some(({ kind }) => kind === tenantKind)) return undefined;
        throw new Error('what is stored of the tenant itself no longer fits');
      }
      if (!Object.hasOwn(config.homeservers, tenant.homeserver))
        throw new Error(`homeserver ${tenant.homeserver} is not declared in the config file`);
      const lines = ofFile(id)?.lines ?? noLines;
      const file = declaredOf(id);
      const about: AboutParts = (field, name) => {
        if (file !== undefined && Object.hasOwn(file[field], name)) return { ofFile: true };
        const problem = parts.find((part) => part.kind === field && part.name === name)?.problem;
        return { ofFile: false, ...(problem === undefined ? {} : { problem }) };
      };
      return toTenant(id, tenant, { lines, about }, toRetention(config.retention, tenant.retention));
    },
  };
}

/** Without what it has many of. */
function tenantBody(tenant: DeclaredTenant): object {
  const fields = Object.keys(tenantPartSchema.shape);
  return Object.fromEntries(Object.entries(tenant).filter(([field]) => fields.includes(field)));
}

function issuesOf(schema: z.ZodType, input: unknown, prefix: readonly string[]): ConfigProblem[] {
  const read = schema.safeParse(input);
  if (read.success) return [];
  const isSecret = (path: readonly PropertyKey[]): boolean => isSecretAt(schema, path.slice(prefix.length));
  return problemsOf(read.error.issues, input, prefix, isSecret).map(({ path, ...problem }) => ({
    ...problem,
    path: path === '' ? 'body' : path,
  }));
}

/** A `[set]` where nothing is that it could stand for. */
function secretsLeft(schema: z.ZodType, input: unknown): ConfigProblem[] {
  const found = '"[set]", while nothing is set, or for another server';
  return placesLeft(input)
    .filter((path) => isSecretAt(schema, path))
    .map((path) => ({ path: path.join('.'), found, expected: 'the secret itself' }));
}

const withApplications = z.object({ applications: z.record(z.string(), z.looseObject({})) });

/** Earlier versions kept applications, without secrets, with the tenant. */
function applicationsIn(tenant: object | undefined): OpenedPart[] {
  const { data } = withApplications.safeParse(tenant);
  return Object.entries(data?.applications ?? {}).map(([name, body]) => ({
    kind: 'applications',
    name,
    body,
  }));
}

function withoutApplications(tenant: object | undefined): object | undefined {
  if (tenant === undefined) return undefined;
  return Object.fromEntries(Object.entries(tenant).filter(([field]) => field !== 'applications'));
}

/** From where a person would point at it in the config file to the part that says it. */
function placed(
  id: TenantId,
  tenant: Pick<DeclaredTenant, 'identifiers'>,
  { path, ...problem }: ConfigProblem,
): PartProblem {
  const [field = '', name = '', ...rest] = path.slice(`tenants.${id}.`.length).split('.');
  if (field === 'identifiers') {
    const given = tenant.identifiers[Number(name)];
    const part = given === undefined || typeof given === 'string' ? name : identifierName(given);
    return { ...problem, part: partId({ kind: field, name: part }), path: rest.join('.') };
  }
  const kind = field === 'lines' ? 'lines' : directoryKinds.find((each) => each.field === field)?.kind;
  return kind !== undefined
    ? { ...problem, part: partId({ kind, name }), path: rest.join('.') || 'id' }
    : {
        ...problem,
        part: partId({ kind: tenantKind, name: id }),
        path: [field, name, ...rest].filter((step) => step !== '').join('.') || 'id',
      };
}
