import type { Pool } from 'pg';
import type { TenantId } from '../../../platform/ids.ts';
import type { LockedRecord, RecordName } from './record-name.ts';
import { columnsOf, valueColumnsOf, type RecordRow } from './write-columns.ts';

/** What a commit relies on and writes. */
export interface CommitRows {
  /** There, and to be so until the commit; in the order in which everybody locks. */
  readonly locks: readonly LockedRecord[];
  /** In that order too. Must not be there. */
  readonly inserts: readonly RecordRow[];
  /** Put over whatever there is; the version is for where there is nothing. */
  readonly overwrites: readonly RecordRow[];
  /** `place`: among the locks, from 1. */
  readonly updates: readonly (RecordRow & { readonly place: number })[];
  readonly deletes: readonly number[];
  /** Not there, and to be so until the commit. */
  readonly absent: readonly RecordName[];
}

/** `moved`: a record is not as expected any more. `indexes`: another replica declared one since. Nothing was written then. */
export type CommitAnswer = 'done' | 'moved' | 'indexes';

/** Checks and writes in one transaction of one round trip (migration 0004). `isNew`: the tenant's name may not be known to the database. */
export async function commitRecords(
  pool: Pool,
  tenant: TenantId,
  isNew: boolean,
  generation: number,
  { locks, inserts, overwrites, updates, deletes, absent }: CommitRows,
): Promise<CommitAnswer> {
  const { rows } = await pool.query<{ answer: CommitAnswer }>({
    name: 'commit-records',
    text: `SELECT switchboard.commit_records(${parameters}) AS answer`,
    values: [
      ...[tenant, isNew, generation],
      locks.map(({ collection }) => collection),
      locks.map(({ id }) => id),
      locks.map(({ version }) => version),
      ...columnsOf([...inserts, ...overwrites]),
      inserts.length,
      updates.map(({ place }) => place),
      ...valueColumnsOf(updates),
      deletes,
      absent.map(({ collection }) => collection),
      absent.map(({ id }) => id),
    ],
  });
  const answer = rows[0]?.answer;
  if (answer === undefined) throw new Error('switchboard.commit_records gave no answer');
  return answer;
}

const parameters = Array.from({ length: 33 }, (_, at) => `$${at + 1}`).join(', ');
