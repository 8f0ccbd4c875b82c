import type { Store } from '../../src/store/store.ts';
import { storeConformance } from '../conformance/store.ts';
import { makePlace, openStore } from './nedb-place.ts';

storeConformance('nedb', {
  async open() {
    const { place, dispose } = await makePlace();
    let store: Store = await openStore(place);
    return {
      store,
      async reopen() {
        await store.close();
        store = await openStore(place);
        return store;
      },
      async dispose() {
        await store.close();
        await dispose();
      },
    };
  },
  crash: {
    module: new URL('nedb-place.ts', import.meta.url).href,
    points: [
      'store-before-append',
      'store-half-appended',
      'store-after-append-before-apply',
      'store-during-checkpoint',
    ],
    makePlace,
  },
});
