import { randomUUID } from 'node:crypto';
import { findChannelModule } from '../../channels/registry.ts';
import { keptLines, type KeptLine } from '../../directory/kept-line.ts';
import { fits, type Condition } from '../../directory/kept/kept-condition.ts';
import { directoryHeads, headId } from '../../directory/kept/kept-part.ts';
import { InputRefused } from '../../directory/kept/input-refused.ts';
import { retryingConflicts } from '../../directory/kept/retrying-conflicts.ts';
import type { Directory } from '../../directory/directory.ts';
import { isShared } from '../../directory/shared-tenant.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { Clock } from '../../platform/clock.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { put, remove, type Store, type Stored, type Write } from '../../store/store.ts';
import { problemsOfLine, type Lines } from '../lines.ts';
import { listKeptLines, openKeptLine } from './kept-line-records.ts';
import type { KeptLines } from './kept-lines.ts';
import { changedLine, type OpenedLine } from './line-change.ts';
import { endOfLine } from './line-end.ts';
import type { LineEndings } from './line-endings.ts';
import type { GivenLine, LineRules } from './line-rules.ts';
import { declaredView, keptView, type LineView } from './line-view.ts';
import { unkeptSecrets, withKeptSecrets } from './secret-fields.ts';
import { useByAgents } from './use-by-agents.ts';
import { tenantsSharing, useOfSharedLine } from './shared-line-use.ts';

export type LineOutcome = 'declared in the config file' | 'no such line' | 'other than expected' | 'in use';

/** A change that is not made, for what the line is at the moment. */
export class LineNotChanged extends Error {
  override readonly name = 'LineNotChanged';
  readonly outcome: LineOutcome;
  /** `in use`: by whom, in words for operators. */
  readonly because: string | undefined;
  constructor(outcome: LineOutcome, because?: string) {
    super(because === undefined ? outcome : `${outcome}: ${because}`);
    this.outcome = outcome;
    this.because = because;
  }
}

export interface Verification {
  /** `elsewhere`: another replica has its connection, or is about to, and none answered; `nothingToAsk`: its network has nobody who could be asked. */
  readonly outcome: 'ok' | 'refused' | 'nothingToAsk' | 'elsewhere' | 'notOpen';
  readonly problems: readonly string[];
}

/** Lines as operators see and change them. */
export interface LineDesk {
  list(tenant: TenantId): Promise<LineView[]>;
  get(tenant: TenantId, line: LineId): Promise<LineView | undefined>;
  /** Adds it or replaces it, live. @throws {InputRefused} {LineNotChanged} {NoSecretKey} {SecretUnreadable} */
  put(
    tenant: TenantId,
    line: LineId,
    input: unknown,
    condition: Condition,
  ): Promise<{ readonly view: LineView; readonly isNew: boolean }>;
  /**
   * Disconnects and forgets it, in one commit with `also`, and then ends its open sessions; one that tenants share must not be in use.
   * @throws {LineNotChanged}
   */
  remove(tenant: TenantId, line: LineId, condition: Condition, also?: readonly Write[]): Promise<void>;
  /** Asks its network now, through whichever replica has its connection; undefined where there is no such line. */
  verify(tenant: TenantId, line: LineId): Promise<Verification | undefined>;
}

export function createLineDesk(parts: {
  readonly directory: Directory;
  readonly store: Store;
  readonly box: SecretBox;
  readonly rules: LineRules;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly kept: KeptLines;
  readonly lines: Lines;
  readonly endings: Pick<LineEndings, 'follow'>;
  /** Without a slash at the end. */
  readonly publicUrl: string;
  /** What the replica says that has the line's connection; undefined where none answers. Default: there is no other. */
  readonly askHolder?: (tenant: TenantId, line: LineId) => Promise<Verification | undefined>;
}): LineDesk {
  const { directory, store, box, rules, clock, logger, kept, lines, endings, publicUrl } = parts;

  const tenantOf = (id: TenantId): Tenant => {
    const tenant = directory.tenant(id);
    if (tenant === undefined) throw new LineNotChanged('no such line');
    return tenant;
  };
  const stateOf = (tenant: TenantId, line: LineId): LineView['state'] => {
    const broken = kept.reasonBroken(tenant, line);
    if (broken !== undefined) return { state: 'unusable', reason: broken };
    const open = lines.find(tenant, line);
    if (open !== undefined) return open.state;
    return lines.isHeld(tenant, line) ? { state: 'elsewhere' } : { state: 'notOpen' };
  };
  const viewOf = (tenant: Tenant, id: LineId, record: KeptLine | undefined): LineView | undefined => {
    // It is the installation's.
    if (tenant.lines.get(id)?.isShared === true) return undefined;
    const about = {
      tenant,
      id,
      publicUrl,
      state: stateOf(tenant.id, id),
      ...(isShared(tenant.id) ? { sharedBy: tenantsSharing(directory, id) } : {}),
    };
    if (kept.isDeclared(tenant.id, id)) {
      const line = tenant.lines.get(id);
      return line && declaredView(about, line);
    }
    if (record === undefined) return undefined;
    return keptView(about, record, opened(tenant.id, id, record)?.parameters);
  };
  const opened = (tenant: TenantId, id: LineId, record: KeptLine): OpenedLine | undefined => {
    try {
      return openKeptLine(box, tenant, id, record);
    } catch {
      return undefined;
    }
  };
  const mustFit = (stored: Stored<KeptLine> | undefined, condition: Condition): void => {
    if (!fits(stored?.value.tag, condition)) throw new LineNotChanged('other than expected');
  };

  return {
    async list(id) {
      const tenant = tenantOf(id);
      const stored = await listKeptLines(store, id);
      const ids = new Set([...tenant.lines.keys(), ...stored.keys()]);
      return [...ids].sort().flatMap((line) => viewOf(tenant, line, stored.get(line)?.value) ?? []);
    },
    async get(id, line) {
      return viewOf(tenantOf(id), line, (await store.get(id, keptLines, line))?.value);
    },
    async put(tenant, id, input, condition) {
      if (kept.isDeclared(tenant, id)) throw new LineNotChanged('declared in the config file');
      mustNotBeShared(tenantOf(tenant), id);
      const { graceSeconds, ...given } = rules.read(tenant, input);
      const { isNew, secrets } = await retryingConflicts(async () => {
        const head = await store.get(tenant, directoryHeads, headId);
        const stored = await store.get(tenant, keptLines, id);
        mustFit(stored, condition);
        // One that cannot be opened can still be replaced: by an operator who has its secrets.
        const before = stored && opened(tenant, id, stored.value);
        mustStay(stored?.value.channel, given.channel);
        const parameters = withSecretsOf(before?.parameters, given);
        mustHaveAll(parameters);
        rules.settings(tenantOf(tenant), id, { ...given, parameters });
        const about = { tenant, id, box, now: clock.now() };
        const change = changedLine(about, { ...given, parameters }, graceSeconds, before);
        const record = { ...change.record, createdAt: stored?.value.createdAt ?? change.record.createdAt };
        await store.commit(tenant, [
          put(keptLines, id, record, stored?.version ?? 'absent'),
          // Its queue must still be there: whoever deletes one writes the head as well.
          put(directoryHeads, headId, { change: randomUUID() }, head?.version ?? 'absent'),
        ]);
        return { isNew: stored === undefined, secrets: change.secrets };
      });
      await kept.committed(tenant, id);
      logger.info(
        { tenant, line: id, channel: given.channel, secretsChanged: secrets },
        isNew ? 'an operator added a line' : 'an operator changed a line',
      );
      const view = await this.get(tenant, id);
      if (view === undefined) throw new LineNotChanged('no such line');
      return { view, isNew };
    },
    async remove(tenant, id, condition, also = []) {
      if (kept.isDeclared(tenant, id)) throw new LineNotChanged('declared in the config file');
      await retryingConflicts(async () => {
        const stored = await store.get(tenant, keptLines, id);
        if (stored === undefined) throw new LineNotChanged('no such line');
        mustFit(stored, condition);
        const head = await store.get(tenant, directoryHeads, headId);
        const use = isShared(tenant)
          ? await useOfSharedLine(store, directory, id)
          : await useByAgents(store, directory, tenant, id);
        if (use !== undefined) throw new LineNotChanged('in use', use);
        await store.commit(tenant, [
          remove(keptLines, id, stored.version),
          // No agent may be given an endpoint on it meanwhile: whoever does writes the head as well.
          put(directoryHeads, headId, { change: randomUUID() }, head?.version ?? 'absent'),
          endOfLine(id, clock.now()),
          ...also,
        ]);
      });
      void endings.follow(tenant);
      await kept.committed(tenant, id);
      logger.info({ tenant, line: id }, 'an operator removed a line');
    },
    async verify(tenant, id) {
      const here = await verifyHere(lines, tenant, id);
      if (here !== undefined) return here;
      const state = (await this.get(tenant, id))?.state;
      if (state === undefined) return undefined;
      if (state.state === 'elsewhere')
        return (await parts.askHolder?.(tenant, id)) ?? { outcome: 'elsewhere', problems: [] };
      return { outcome: 'notOpen', problems: state.reason === undefined ? [] : [state.reason] };
    },
  };
}

/** What the network says of a line whose connection this process has; undefined where it has not. */
export async function verifyHere(
  lines: Pick<Lines, 'find'>,
  tenant: TenantId,
  id: LineId,
): Promise<Verification | undefined> {
  const open = lines.find(tenant, id);
  if (open === undefined) return undefined;
  const problems = await problemsOfLine(open);
  if (problems === undefined) return { outcome: 'nothingToAsk', problems: [] };
  return { outcome: problems.length === 0 ? 'ok' : 'refused', problems };
}

function mustNotBeShared({ lines }: Tenant, id: LineId): void {
  if (lines.get(id)?.isShared !== true) return;
  const found = `"${id}", a line that the tenant shares with others`;
  throw new InputRefused([{ path: 'line', found, expected: 'another name' }]);
}

/** Whoever changes a line need not know its secrets, and is not to learn them by having them sent elsewhere. */
function withSecretsOf(
  before: GivenLine['parameters'] | undefined,
  { channel, parameters }: Pick<GivenLine, 'channel' | 'parameters'>,
): GivenLine['parameters'] {
  const placeOf = (of: GivenLine['parameters'] | undefined): string =>
    JSON.stringify(findChannelModule(channel)?.secretsGoTo?.map((name) => of?.[name]));
  const isElsewhere = placeOf(before) !== placeOf(parameters);
  return withKeptSecrets(parameters, isElsewhere ? undefined : before) as GivenLine['parameters'];
}

/** Conversations hang on a line: their addresses mean something on its network only. */
function mustStay(before: string | undefined, now: string): void {
  if (before === undefined || before === now) return;
  const expected = `${before}, as the line has it: another network is another line`;
  throw new InputRefused([{ path: 'channel', found: `"${now}"`, expected }]);
}

function mustHaveAll(parameters: object): void {
  const left = unkeptSecrets(parameters);
  if (left.length === 0) return;
  const found = '"[set]", while nothing is set, or for another server';
  throw new InputRefused(
    left.map((path) => ({ path: `parameters.${path}`, found, expected: 'the secret itself' })),
  );
}
