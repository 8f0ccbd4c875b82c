import type { Directory } from '../../directory/directory.ts';
import { sharedTenantId } from '../../directory/shared-tenant.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { Store, Stored } from '../../store/store.ts';
import { fronts, type FrontRecord } from '../front/front-record.ts';

const pageSize = 1000;

export function tenantsSharing(directory: Directory, line: LineId): TenantId[] {
  return directory.tenants().flatMap(({ id, sharedLines }) => (sharedLines?.has(line) === true ? [id] : []));
}

/** Why a line that tenants share must stay, in words for operators; undefined: nothing hangs on it. */
export async function useOfSharedLine(
  store: Store,
  directory: Directory,
  line: LineId,
): Promise<string | undefined> {
  const tenants = tenantsSharing(directory, line);
  if (tenants.length > 0) return `shared by ${tenants.join(', ')}`;
  let after: Stored<FrontRecord> | undefined;
  do {
    const page: Stored<FrontRecord>[] = await store.find(sharedTenantId, fronts, {
      index: 'byParked',
      equals: [],
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    if (page.some(({ value }) => value.line === line))
      return 'customers are parked on it; assign them to a tenant first';
    after = page.length < pageSize ? undefined : page.at(-1);
  } while (after !== undefined);
  return undefined;
}
