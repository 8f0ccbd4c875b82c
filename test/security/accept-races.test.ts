import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres } from '../../dev/postgres/start-postgres.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import { openShared } from '../store/postgres-place.ts';
import { acceptRaces } from './accept-races.ts';

acceptRaces('the embedded store', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-races-'));
  const store = await openNedbStore({ directory, fsync: false, clock: systemClock, logger: silentLogger });
  return {
    stores: [store],
    async close() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});

const programs = await ensurePostgres();
if ('unavailable' in programs) {
  it.skip(`accepts of one session on PostgreSQL: ${programs.unavailable}`, () => undefined);
} else {
  acceptRaces('PostgreSQL, from two replicas', async () => {
    const server = await startPostgres(programs);
    const place = await server.createDatabase();
    const stores = [await openShared(place), await openShared(place)];
    return {
      stores,
      async close() {
        await Promise.all(stores.map((store) => store.close()));
        await server.stop();
      },
    };
  });
}
