import type { LineId, TenantId } from '../platform/ids.ts';
import type { Sealed, SecretPlace } from '../secrets/secret-box.ts';
import { defineCollection } from '../store/store.ts';
import type { FrontTexts, FrontTextsIn } from './front-texts.ts';
import type { LineSettings, SendLimits } from './tenant.ts';

/** A line that an operator added by REST. Id: the line's. Those that tenants share belong to the shared tenant, and have no queue. */
export interface KeptLine {
  readonly channel: string;
  /** As {@link LineSettings} has it as `displayName`; the tenant's name unless given. */
  readonly name?: string;
  readonly queue: string;
  readonly service?: string;
  readonly onUnclear: LineSettings['onUnclear'];
  readonly sendLimits?: SendLimits;
  /** Of a line that tenants share. */
  readonly texts?: FrontTexts;
  readonly textsIn?: FrontTextsIn;
  /** JSON of the parameters as they were given. */
  readonly sealed: Sealed;
  /** Likewise those before, as long as what was signed with their secrets is taken. */
  readonly previous?: { readonly sealed: Sealed; readonly until: number };
  /** When each secret that is set was last changed, by its path in the parameters. */
  readonly secretsChangedAt: Readonly<Record<string, number>>;
  readonly createdAt: number;
  readonly changedAt: number;
  /** Random, another with each change by an operator; not when it is only sealed again. */
  readonly tag: string;
}

export const keptLines = defineCollection<KeptLine>('lines', { byChannel: ['channel'] });

export function placeOf(tenant: TenantId, id: LineId, which: 'current' | 'previous'): SecretPlace {
  return { tenant, kind: `line parameters, ${which}`, id };
}
