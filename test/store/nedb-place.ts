// Opens the embedded store for tests and for the processes that tests kill.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openNedbStore, type NedbStoreOptions } from '../../src/store/nedb/open-nedb-store.ts';

/** Checkpoints often, so that kills meet them. */
export function openStore(
  directory: string,
  options: Partial<NedbStoreOptions> = {},
): ReturnType<typeof openNedbStore> {
  const defaults = { clock: systemClock, logger: silentLogger, checkpointBytes: 24 * 1024 };
  return openNedbStore({ ...defaults, directory, ...options });
}

export async function makePlace(): Promise<{
  readonly place: string;
  readonly dispose: () => Promise<void>;
}> {
  const place = await mkdtemp(join(tmpdir(), 'switchboard-store-'));
  return { place, dispose: () => rm(place, { recursive: true, force: true }) };
}
