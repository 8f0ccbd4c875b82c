import type { SealedKind } from '../../secrets/sealed-records.ts';
import { hookPlace, hooks, listHooks, type Hook } from './hook.ts';

/** The secrets of webhooks. */
export const sealedHooks: SealedKind<Hook> = { collection: hooks, placeOf: hookPlace, list: listHooks };
