import type { Store } from '../../src/store/store.ts';
import type { CrashableStore } from './store-crash.ts';

/** One engine with data of its own, empty at first. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Closes and opens the same data again. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}

export interface StoreEngine {
  open(): Promise<StoreUnderTest>;
  /** How a process of its own opens such a store, to be killed. */
  readonly crash: CrashableStore;
}
