import type { Tenant } from '../../directory/tenant.ts';
import { listParts } from '../../directory/kept/kept-part.ts';
import type { QueueId, TenantId } from '../../platform/ids.ts';
import { readMembers } from '../../queues/queue-members.ts';
import type { Store } from '../../store/store.ts';
import { listKeptLines } from '../kept-lines/kept-line-records.ts';
import { openStates, sessions } from '../session.ts';
import { PartNotChanged } from './part-not-changed.ts';

/** @throws {PartNotChanged} where a session waits in the queue, or a line names it */
export async function mustBeEmpty(store: Store, tenant: TenantId, queue: QueueId): Promise<void> {
  const waiting = (await readMembers(store, tenant, queue)).length;
  if (waiting > 0) {
    const many = waiting === 1 ? 'a session waits' : `${String(waiting)} sessions wait`;
    throw new PartNotChanged('in use', `${many} in it; only an empty queue can be deleted`);
  }
  await mustNotBeOfLines(store, tenant, 'queue', queue);
}

/**
 * Those of the config file are looked at with all else that it says.
 * @throws {PartNotChanged} where a line names it
 */
export async function mustNotBeOfLines(
  store: Store,
  tenant: TenantId,
  field: 'queue' | 'service',
  name: string,
): Promise<void> {
  const lines = [...(await listKeptLines(store, tenant))].filter(([, { value }]) => value[field] === name);
  if (lines.length > 0)
    throw new PartNotChanged('in use', `named by ${lines.map(([id]) => `line ${id}`).join(', ')}`);
}

/**
 * `usable`: the tenant, where it can be used; else nobody can do anything to what it has.
 * @throws {PartNotChanged} where it has lines or open sessions
 */
export async function mustBeIdle(store: Store, tenant: TenantId, usable: Tenant | undefined): Promise<void> {
  const hasLines =
    (usable?.lines.size ?? (await listParts(store, tenant, 'shared-lines')).size) > 0 ||
    (await listKeptLines(store, tenant)).size > 0;
  if (hasLines) throw new PartNotChanged('in use', `it has lines; ${inOrder('delete them', usable)}`);
  for (const state of openStates) {
    const open = await store.find(tenant, sessions, { index: 'byState', equals: [state], limit: 1 });
    if (open.length > 0)
      throw new PartNotChanged('in use', `it has open sessions; ${inOrder('close them', usable)}`);
  }
}

function inOrder(what: string, usable: Tenant | undefined): string {
  return usable === undefined ? `say it anew, so that it can be used, then ${what}` : `${what} first`;
}
