import { afterAll, beforeAll, describe, it } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import type { Store } from '../../src/store/store.ts';
import { storeConformance } from '../conformance/store.ts';
import { openShared } from './postgres-place.ts';

const programs = await ensurePostgres();

if ('unavailable' in programs) {
  it.skip(`PostgreSQL behind the store contract: ${programs.unavailable}`, () => undefined);
} else {
  describe('on PostgreSQL', () => {
    let server: RunningPostgres;
    let template: string;
    beforeAll(async () => {
      server = await startPostgres(programs);
      template = await server.createDatabase();
      await (await openShared(template)).close();
    });
    afterAll(() => server.stop());

    storeConformance('postgres', {
      async open() {
        const place = await server.createDatabase(template);
        let store: Store = await openShared(place);
        return {
          store,
          async reopen() {
            await store.close();
            store = await openShared(place);
            return store;
          },
          async dispose() {
            await store.close();
            await server.dropDatabase(place);
          },
        };
      },
      crash: {
        module: new URL('postgres-place.ts', import.meta.url).href,
        points: ['store-before-append', 'store-half-appended', 'store-after-append-before-apply'],
        async makePlace() {
          const place = await server.createDatabase(template);
          return { place, dispose: () => server.dropDatabase(place) };
        },
      },
    });
  });
}
