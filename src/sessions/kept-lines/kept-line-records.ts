import { z } from 'zod';
import { keptLines, placeOf, type KeptLine } from '../../directory/kept-line.ts';
import type { LineSettings, Tenant } from '../../directory/tenant.ts';
import { as, type LineId, type TenantId } from '../../platform/ids.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import type { Store, Stored } from '../../store/store.ts';
import type { OpenedLine } from './line-change.ts';
import type { LineRules } from './line-rules.ts';

const pageSize = 1000;
const parametersSchema = z.record(z.string(), z.unknown());

/** All of a tenant, by id. */
export async function listKeptLines(store: Store, tenant: TenantId): Promise<Map<LineId, Stored<KeptLine>>> {
  const found = new Map<LineId, Stored<KeptLine>>();
  let after: Stored<KeptLine> | undefined;
  do {
    const page: Stored<KeptLine>[] = await store.find(tenant, keptLines, {
      index: 'byChannel',
      equals: [],
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    for (const one of page) found.set(as(one.id), one);
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
  return found;
}

/** @throws {SecretUnreadable} */
export function openKeptLine(box: SecretBox, tenant: TenantId, id: LineId, record: KeptLine): OpenedLine {
  const json = box.open(placeOf(tenant, id, 'current'), record.sealed);
  return { record, parameters: parametersSchema.parse(JSON.parse(json)) };
}

/** As the parts that work with lines take it. @throws {SecretUnreadable} {InputRefused} when it no longer fits what is declared */
export function settingsOf(
  { box, rules, now }: { readonly box: SecretBox; readonly rules: LineRules; readonly now: number },
  tenant: Tenant,
  id: LineId,
  record: KeptLine,
): LineSettings {
  const { channel, name, queue, service, onUnclear, sendLimits, texts, textsIn, previous } = record;
  const given = { channel, name, queue, service, onUnclear, sendLimits, texts, textsIn };
  const { parameters } = openKeptLine(box, tenant.id, id, record);
  const settings = rules.settings(tenant, id, { ...given, parameters });
  if (previous === undefined || previous.until <= now) return settings;
  const former = parametersSchema.parse(
    JSON.parse(box.open(placeOf(tenant.id, id, 'previous'), previous.sealed)),
  );
  const { parameters: checked } = rules.settings(tenant, id, { ...given, parameters: former });
  return { ...settings, previous: { parameters: checked, until: previous.until } };
}
