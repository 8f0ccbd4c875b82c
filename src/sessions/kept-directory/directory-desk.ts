import { randomBytes, randomUUID } from 'node:crypto';
import type { Accept } from '../../delivery/accept.ts';
import type { Directory } from '../../directory/directory.ts';
import { InputRefused } from '../../directory/kept/input-refused.ts';
import { fits, type Condition } from '../../directory/kept/kept-condition.ts';
import {
  directoryHeads,
  headId,
  keptParts,
  listParts,
  partId,
  tenantKind,
  tenantsWithParts,
  type KeptPart,
  type Part,
} from '../../directory/kept/kept-part.ts';
import { retryingConflicts } from '../../directory/kept/retrying-conflicts.ts';
import { sharedTenantId } from '../../directory/shared-tenant.ts';
import type { LineSettings } from '../../directory/tenant.ts';
import type { Clock } from '../../platform/clock.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { put, remove, type Store, type Stored, type Write } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import { listKeptLines } from '../kept-lines/kept-line-records.ts';
import type { DirectoryRules, PartProblem } from './directory-rules.ts';
import { withSecrets } from './given-secrets.ts';
import type { KeptDirectory } from './kept-directory.ts';
import { closePart, openPart, type OpenedPart } from './opened-part.ts';
import { misfitShown } from './misfit-words.ts';
import { effectsOf } from './effects-of-part.ts';
import { PartNotChanged } from './part-not-changed.ts';
import { declaredPart, keptPart, type PartView } from './part-view.ts';

/** What is written along with a change, once it is known what it comes to. */
export type AlsoOf = (view: PartView, isNew: boolean) => readonly Write[];

/** The directory as operators see and change it. */
export interface DirectoryDesk {
  /** All tenants, as parts of themselves. */
  tenants(): Promise<PartView[]>;
  tenant(id: TenantId): Promise<PartView | undefined>;
  /** In order of name; undefined: there is no such tenant. */
  list(tenant: TenantId, kind: string): Promise<PartView[] | undefined>;
  get(tenant: TenantId, kind: string, name: string): Promise<PartView | undefined>;
  /**
   * Adds it or takes the place of what it was, live. `input` may be made of what it is at the moment; `[set]` in it leaves a secret as it is.
   * @throws {InputRefused} {PartNotChanged} {NoSecretKey}
   */
  put(
    tenant: TenantId,
    part: { readonly kind: string; readonly name: string },
    input: (before: PartView | undefined) => unknown,
    condition: Condition,
    also?: AlsoOf,
  ): Promise<{ readonly view: PartView; readonly isNew: boolean }>;
  /** In one commit with `also`. @throws {PartNotChanged} */
  remove(
    tenant: TenantId,
    part: { readonly kind: string; readonly name: string },
    condition: Condition,
    also?: readonly Write[],
  ): Promise<void>;
}

export function createDirectoryDesk(options: {
  readonly directory: Directory;
  readonly store: Store;
  readonly rules: DirectoryRules;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly kept: KeptDirectory;
  readonly accept: Accept<ConversationEvent>;
}): DirectoryDesk {
  const { directory, store, rules, box, clock, logger, kept, accept } = options;

  const withProblem = (view: PartView, problem: string | undefined): PartView =>
    problem === undefined ? view : { ...view, problem };
  const declaredView = (tenant: TenantId, part: Part): PartView =>
    withProblem(
      declaredPart({ ...part, body: rules.shown(part.kind, part.body) }),
      part.kind === tenantKind ? kept.problemOf(tenant) : undefined,
    );
  const keptView = (tenant: TenantId, part: KeptPart): PartView => {
    const opened = openPart(box, tenant, part);
    const own = opened.problem ?? misfitShown(rules.misfits(tenant, opened));
    const ofTenant = part.kind === tenantKind ? kept.problemOf(tenant) : kept.reasonBroken(tenant);
    return withProblem(keptPart(part), own ?? ofTenant);
  };
  const declaredOf = (tenant: TenantId, kind: string, name: string): Part | undefined =>
    rules.declared(tenant)?.find((part) => part.kind === kind && part.name === name);
  const exists = async (tenant: TenantId): Promise<boolean> =>
    rules.declared(tenant) !== undefined ||
    (await store.get(tenant, keptParts, ofItself(tenant))) !== undefined;
  const get = async (tenant: TenantId, kind: string, name: string): Promise<PartView | undefined> => {
    const declared = declaredOf(tenant, kind, name);
    if (declared !== undefined) return declaredView(tenant, declared);
    const stored = await store.get(tenant, keptParts, partId({ kind, name }));
    if (stored === undefined || !(await exists(tenant))) return undefined;
    return keptView(tenant, stored.value);
  };
  const mustNotBeDeclared = (tenant: TenantId, kind: string, name: string): void => {
    if (declaredOf(tenant, kind, name) !== undefined) throw new PartNotChanged('declared in the config file');
  };

  /** One change of a tenant, checked against everything that it has. @throws {Conflict} where somebody else changed it meanwhile */
  const change = async (
    tenant: TenantId,
    { kind, name }: Pick<Part, 'kind' | 'name'>,
    make: (before: Stored<KeptPart> | undefined, opened: OpenedPart | undefined) => Part | undefined,
    writesOf: (
      before: Stored<KeptPart> | undefined,
      after: Part | undefined,
      now: number,
    ) => readonly Write[],
  ): Promise<void> => {
    const head = await store.get(tenant, directoryHeads, headId);
    const parts = await listParts(store, tenant);
    const id = partId({ kind, name });
    const before = parts.get(id);
    const opened = before && openPart(box, tenant, before.value);
    const after = make(before, opened);
    const others = [...parts.values()]
      .filter((part) => part.id !== id)
      .map(({ value }) => openPart(box, tenant, value));
    const isTenantItself = kind === tenantKind;
    if (!isTenantItself && !(await exists(tenant))) throw new PartNotChanged('no such part');
    // A tenant that goes takes what it had with it: nobody is left to name any of it.
    const kept = await keptLinesOf(store, directory, tenant);
    if (!isTenantItself || after !== undefined)
      mustFitTogether(
        (each) => rules.problems(tenant, each, sharedLinesOf(directory), kept),
        { before: opened, after, others },
        id,
      );
    const now = clock.now();
    const { entries, writes } = await effectsOf({ store, directory, now }, tenant, before?.value, after);
    const rest =
      isTenantItself && after === undefined ? [...parts.values()].filter((part) => part.id !== id) : [];
    await accept(tenant, entries, {
      writes: [
        put(directoryHeads, headId, { change: randomUUID() }, head?.version ?? 'absent'),
        ...rest.map((part) => remove(keptParts, part.id, part.version)),
        ...writesOf(before, after, now),
        ...writes,
      ],
    });
  };

  return {
    async tenants() {
      const ids = new Set([...rules.declaredTenants(), ...(await tenantsWithParts(store))]);
      const views = await Promise.all([...ids].sort().map(async (id) => get(id, tenantKind, id)));
      return views.filter((view) => view !== undefined);
    },
    tenant: async (id) => get(id, tenantKind, id),
    async list(tenant, kind) {
      if (!(await exists(tenant))) return undefined;
      const declared = (rules.declared(tenant) ?? []).filter((part) => part.kind === kind);
      const stored = await listParts(store, tenant, kind);
      const views = new Map([
        ...[...stored.values()].map(({ value }) => [value.name, keptView(tenant, value)] as const),
        ...declared.map((part) => [part.name, declaredView(tenant, part)] as const),
      ]);
      return [...views.keys()].sort().flatMap((name) => views.get(name) ?? []);
    },
    get,
    async put(tenant, { kind, name }, input, condition, also = () => []) {
      mustNotBeDeclared(tenant, kind, name);
      const made = await retryingConflicts(async () => {
        let result: { view: PartView; isNew: boolean } | undefined;
        await change(
          tenant,
          { kind, name },
          (before, opened) => {
            const given = input(before && keptPart(before.value));
            mustFit(before, condition);
            const now = { body: opened?.body, shown: before?.value.body };
            return rules.read(kind, name, opened?.problem === undefined ? withSecrets(given, now) : given);
          },
          (before, after, now) => {
            if (after === undefined) return [];
            const record: KeptPart = {
              ...closePart(box, tenant, after, rules.shown(kind, after.body)),
              createdAt: before?.value.createdAt ?? now,
              changedAt: now,
              tag: randomBytes(9).toString('base64url'),
            };
            result = { view: keptPart(record), isNew: before === undefined };
            const id = partId({ kind, name });
            return [
              put(keptParts, id, record, before?.version ?? 'absent'),
              ...also(result.view, result.isNew),
            ];
          },
        );
        if (result === undefined) throw new Error('a change came to nothing');
        return result;
      });
      await kept.committed(tenant);
      const what = made.isNew ? 'an operator added to the directory' : 'an operator changed the directory';
      logger.info({ tenant, kind, name }, what);
      return made;
    },
    async remove(tenant, { kind, name }, condition, also = []) {
      mustNotBeDeclared(tenant, kind, name);
      await retryingConflicts(async () => {
        await change(
          tenant,
          { kind, name },
          (before) => {
            if (before === undefined) throw new PartNotChanged('no such part');
            mustFit(before, condition);
            return undefined;
          },
          (before) =>
            before === undefined ? [] : [remove(keptParts, partId({ kind, name }), before.version), ...also],
        );
      });
      await kept.committed(tenant);
      logger.info({ tenant, kind, name }, 'an operator took something out of the directory');
    },
  };
}

function ofItself(tenant: TenantId): string {
  return partId({ kind: tenantKind, name: tenant });
}

function mustFit(stored: Stored<KeptPart> | undefined, condition: Condition): void {
  if (!fits(stored?.value.tag, condition)) throw new PartNotChanged('other than expected');
}

/** What was wrong already is nobody's fault now. @throws {InputRefused} of the part itself; {PartNotChanged} where others name it */
function mustFitTogether(
  problems: (parts: readonly OpenedPart[]) => readonly PartProblem[],
  parts: {
    readonly before: OpenedPart | undefined;
    readonly after: Part | undefined;
    readonly others: readonly OpenedPart[];
  },
  id: string,
): void {
  const { before, after, others } = parts;
  const known = new Set(problems(before === undefined ? others : [...others, before]).map(wordsOf));
  const found = problems(after === undefined ? others : [...others, after]).filter(
    (problem) => problem.part === id || !known.has(wordsOf(problem)),
  );
  const own = found.filter(({ part }) => part === id);
  if (own.length > 0) throw new InputRefused(own);
  const theirs = found.filter(({ part }) => part !== id);
  if (theirs.length === 0) return;
  const who = [...new Set(theirs.map(({ part, path }) => `${part} (${path})`))];
  throw new PartNotChanged('in use', `named by ${who.join(', ')}`);
}

function sharedLinesOf(directory: Directory): LineId[] {
  return [...(directory.tenant(sharedTenantId)?.lines.keys() ?? [])];
}

/** As this replica knows them; one that it has not heard of yet is there all the same. */
async function keptLinesOf(
  store: Store,
  directory: Directory,
  tenant: TenantId,
): Promise<Map<LineId, Partial<LineSettings>>> {
  const kept = await listKeptLines(store, tenant);
  return new Map([...kept.keys()].map((line) => [line, directory.tenant(tenant)?.lines.get(line) ?? {}]));
}

function wordsOf({ part, path, found }: PartProblem): string {
  return `${part} ${path} ${found}`;
}
