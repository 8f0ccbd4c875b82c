import type { z } from 'zod';
import { InputRefused } from '../directory/kept/input-refused.ts';
import { partId, tenantKind, type Part } from '../directory/kept/kept-part.ts';
import type { LineSettings } from '../directory/tenant.ts';
import { as, type LineId, type TenantId } from '../platform/ids.ts';
import type { DirectoryRules, PartProblem } from '../sessions/kept-directory/directory-rules.ts';
import { checkNames } from './check-references.ts';
import { checkRules } from './check-rules.ts';
import { checkServices } from './check-services.ts';
import type { ConfigProblem } from './config-error.ts';
import { redact } from '../channels/secret.ts';
import { secretsIn } from '../sessions/kept-lines/secret-fields.ts';
import { allKinds, directoryKinds, identifierName, tenantPartSchema } from './directory-kinds.ts';
import { problemsOf } from './issue-words.ts';
import type { Settings } from './load-config.ts';
import { readReferences } from './references.ts';
import { id as idSchema } from './schema-words.ts';
import { toRetention, toTenant, type DeclaredTenant } from './to-tenant.ts';

const noLines: ReadonlyMap<LineId, LineSettings> = new Map();

/** Parts that come by REST are held to what the config file's are. */
export function createDirectoryRules({
  config,
  tenants: inFile,
}: Pick<Settings, 'config' | 'tenants'>): DirectoryRules {
  const declaredOf = (id: TenantId): DeclaredTenant | undefined =>
    Object.hasOwn(config.tenants, id) ? config.tenants[id] : undefined;

  /** As the config file would have it; the part that stands last in `parts` stands last in its group. */
  const whole = (id: TenantId, parts: readonly Part[]): Omit<DeclaredTenant, 'lines'> | undefined => {
    const file = declaredOf(id);
    const itself =
      file ?? tenantPartSchema.safeParse(parts.find(({ kind }) => kind === tenantKind)?.body).data;
    if (itself === undefined) return undefined;
    const groups = directoryKinds.map(({ kind, schema, of, into }) => {
      const kept = parts.flatMap((part): [string, object][] => {
        const read = part.kind === kind ? schema.safeParse(part.body) : undefined;
        return read?.success === true ? [[part.name, read.data]] : [];
      });
      const declared = file === undefined ? {} : of(file);
      const added = kept.filter(([name]) => !Object.hasOwn(declared, name));
      return into({ ...declared, ...Object.fromEntries(added) });
    });
    return Object.assign({}, itself, ...groups) as Omit<DeclaredTenant, 'lines'>;
  };

  return {
    kinds: allKinds,
    read(kind, name, input) {
      const rules =
        kind === tenantKind
          ? { schema: tenantPartSchema, name: idSchema }
          : directoryKinds.find((each) => each.kind === kind);
      if (rules === undefined) throw new Error(`no parts are called ${kind}`);
      const problems = [
        ...issuesOf(rules.name, name, ['id']),
        ...issuesOf(rules.schema as z.ZodType, input, []),
      ];
      if (problems.length > 0) throw new InputRefused(problems);
      const body = (rules.schema as z.ZodType<object>).parse(input);
      refuseSecrets(rules.schema as z.ZodType, body);
      return { kind, name, body };
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
    problems(id, parts) {
      const tenant = whole(id, parts);
      if (tenant === undefined) return [];
      const found: ConfigProblem[] = [];
      const lines = declaredOf(id)?.lines ?? {};
      const references = readReferences({
        homeservers: config.homeservers,
        sharedLines: config.sharedLines,
        tenants: { [id]: { ...tenant, lines } },
      });
      checkNames(references, found);
      checkServices(references, found);
      checkRules(references, found);
      return found.map((problem) => placed(id, tenant, problem));
    },
    tenant(id, parts) {
      const tenant = whole(id, parts);
      if (tenant === undefined) return undefined;
      if (!Object.hasOwn(config.homeservers, tenant.homeserver))
        throw new Error(`homeserver ${tenant.homeserver} is not declared in the config file`);
      const lines = inFile.find((declared) => declared.id === id)?.lines ?? noLines;
      return toTenant(id, tenant, lines, toRetention(config.retention, tenant.retention));
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
  return problemsOf(read.error.issues, input, prefix, () => false).map(({ path, ...problem }) => ({
    ...problem,
    path: path === '' ? 'body' : path,
  }));
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

/** Parts lie in the store as they are, and are shown to whoever may read them. */
function refuseSecrets(schema: z.ZodType, body: object): void {
  const secrets = [...secretsIn(body, redact(schema, body)).keys()];
  if (secrets.length === 0) return;
  const expected = 'no secret: what has one is declared in the config file';
  throw new InputRefused(secrets.map((path) => ({ path, found: 'a secret', expected })));
}
