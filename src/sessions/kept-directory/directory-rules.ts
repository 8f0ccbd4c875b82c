import type { Part } from '../../directory/kept/kept-part.ts';
import type { InputProblem } from '../../directory/kept/input-refused.ts';
import type { LineSettings, Tenant } from '../../directory/tenant.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { OpenedPart } from './opened-part.ts';

/** Something that the parts of a tenant say of each other is not so. */
export interface PartProblem extends InputProblem {
  /** The part that says it, by `partId`. `path` is within it. */
  readonly part: string;
}

/** What parts of the directory must be: the same as in the config file. */
export interface DirectoryRules {
  /** Kinds of parts, the tenant itself first. */
  readonly kinds: readonly string[];
  /** What somebody gave, whatever it is, secrets included. @throws {InputRefused} */
  read(kind: string, name: string, input: unknown): Part;
  /** The body of a part as it may be shown: `[set]` in the place of each secret. */
  shown(kind: string, body: object): object;
  /** Of kinds that are named by what they say: the name of what somebody gave. @throws {InputRefused} */
  nameOf(kind: string, input: unknown): string;
  /** The parts that the config file declares of a tenant, the tenant itself among them; undefined: it declares no such tenant. */
  declared(tenant: TenantId): readonly Part[] | undefined;
  /** Ids of the tenants that the config file declares. */
  declaredTenants(): readonly TenantId[];
  /**
   * What is wrong between the parts of a tenant, those of the config file included. `sharedLines`: what tenants can share at the moment;
   * `keptLines`: the tenant's own that were added by REST, as far as they can be read.
   */
  problems(
    tenant: TenantId,
    parts: readonly OpenedPart[],
    sharedLines: readonly LineId[],
    keptLines: ReadonlyMap<LineId, Partial<LineSettings>>,
  ): readonly PartProblem[];
  /** What a stored part says that its kind no longer takes: so it is not used. Nothing of one that the file declares, too. */
  misfits(tenant: TenantId, part: OpenedPart): readonly InputProblem[];
  /** The tenant as the config file alone makes it. */
  ofFile(id: TenantId): Tenant | undefined;
  /**
   * The tenant that the parts and the config file make; parts of the file stand before others of the same name, parts that
   * no longer fit are left out. Undefined: they make none.
   * @throws {Error} in words for operators where it cannot be used
   */
  tenant(id: TenantId, parts: readonly OpenedPart[]): Tenant | undefined;
}
