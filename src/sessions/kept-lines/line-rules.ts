import type { FrontTexts, FrontTextsIn } from '../../directory/front-texts.ts';
import type { LineSettings, SendLimits, Tenant } from '../../directory/tenant.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';

/** A line as an operator gives it. */
export interface GivenLine {
  readonly channel: string;
  readonly name?: string | undefined;
  /** Empty: of a line that tenants share. */
  readonly queue: string;
  readonly service?: string | undefined;
  readonly onUnclear: LineSettings['onUnclear'];
  readonly sendLimits?: SendLimits | undefined;
  /** Of a line that tenants share. */
  readonly texts?: FrontTexts | undefined;
  readonly textsIn?: FrontTextsIn | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a line must be: the same as for those of the config file. */
export interface LineRules {
  /** What somebody gave, whatever it is. `graceSeconds`: how long signatures of the former secrets are taken. @throws {InputRefused} */
  read(tenant: TenantId, input: unknown): GivenLine & { readonly graceSeconds: number };
  /** Checked by its network and against what the tenant has. @throws {InputRefused} */
  settings(tenant: Tenant, id: LineId, line: GivenLine): LineSettings;
}
