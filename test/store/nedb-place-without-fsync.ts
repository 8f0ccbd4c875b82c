import type { Store } from '../../src/store/store.ts';
import { openStore as open } from './nedb-place.ts';

export function openStore(directory: string): Promise<Store> {
  return open(directory, { fsync: false });
}
