import type { TenantId } from '../../platform/ids.ts';
import type { RecordChange, TenantChanges } from '../record-change.ts';
import type { Row } from './ordered-index.ts';
import { Table } from './table.ts';

const noKeys: ReadonlyMap<string, string> = new Map();

/** The newest committed state, in memory. A tenant's tables are its own objects: no key or range can reach another's. */
export class Image {
  readonly #tenants = new Map<TenantId, Map<string, Table>>();
  #records = 0;

  get records(): number {
    return this.#records;
  }

  table(tenant: TenantId, collection: string): Table | undefined {
    return this.#tenants.get(tenant)?.get(collection);
  }

  /** Makes a whole group visible at once: nothing else runs in between. */
  apply(group: Iterable<TenantChanges>): void {
    for (const { tenant, changes } of group) for (const change of changes) this.#applyOne(tenant, change);
  }

  tenants(): TenantId[] {
    const withRecords = [...this.#tenants].filter(([, tables]) =>
      [...tables.values()].some((table) => table.size > 0),
    );
    return withRecords.map(([tenant]) => tenant);
  }

  /** Every record as it is now. Rows are replaced, never changed, so this stays true while commits go on. */
  snapshot(): { readonly tenant: TenantId; readonly collection: string; readonly rows: readonly Row[] }[] {
    return [...this.#tenants].flatMap(([tenant, tables]) =>
      [...tables].map(([collection, table]) => ({ tenant, collection, rows: [...table.rows()] })),
    );
  }

  #applyOne(tenant: TenantId, change: RecordChange): void {
    const table = this.#tableToWrite(tenant, change.collection);
    this.#records -= table.size;
    if (change.version === 0) table.delete(change.id);
    else table.put(change.id, change.version, change.json, change.keys ?? noKeys);
    this.#records += table.size;
  }

  #tableToWrite(tenant: TenantId, collection: string): Table {
    let tables = this.#tenants.get(tenant);
    if (tables === undefined) this.#tenants.set(tenant, (tables = new Map<string, Table>()));
    let table = tables.get(collection);
    if (table === undefined) tables.set(collection, (table = new Table()));
    return table;
  }
}
