import type { ClientBase } from 'pg';
import { compareBytes } from '../byte-order.ts';
import type { WalkedRecord } from '../record-walk.ts';
import { fromDocument } from './document-text.ts';
import { asStoreFailure } from './failure.ts';
import { fence } from './statements/fence.ts';
import { listTenantNames } from './statements/list-tenant-names.ts';
import { pageOfTenant } from './statements/page-of-tenant.ts';

/** Every record as of one moment, behind the fence of one tenant after the other. The client is busy until the walk has ended. */
export async function* walkRecords(client: ClientBase): AsyncGenerator<WalkedRecord> {
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    for (const tenant of (await listTenantNames(client)).sort(compareBytes)) {
      await client.query(fence(tenant));
      let after = { collection: '', id: '' };
      for (;;) {
        const page = await pageOfTenant(client, tenant, after);
        for (const { document, ...row } of page) yield { tenant, ...row, json: fromDocument(document) };
        const last = page.at(-1);
        if (last === undefined) break;
        after = last;
      }
    }
  } catch (error) {
    throw asStoreFailure(error);
  } finally {
    // Should the connection be gone, so is the transaction.
    await client.query('ROLLBACK').catch(() => undefined);
  }
}
