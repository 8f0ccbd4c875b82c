import type { TenantId } from '../../platform/ids.ts';
import type { Sealed, SecretPlace } from '../../secrets/secret-box.ts';
import { defineCollection, type Store } from '../../store/store.ts';
import type { HappeningType } from './happening.ts';

/** A tenant's program that is told of events by HTTP. */
export interface Hook {
  readonly url: string;
  /** Empty: all. */
  readonly types: readonly HappeningType[];
  readonly enabled: boolean;
  /** Signs what is sent; sealed with its place. */
  readonly sealed: Sealed;
  /** The one before: signs as well until then. */
  readonly previous?: { readonly sealed: Sealed; readonly until: number };
  readonly createdAt: number;
  readonly changedAt: number;
}

export const hooks = defineCollection<Hook>('event-hooks', { byAge: ['createdAt'] });

/** Since when all has failed; id = hook. Apart from the hook, so that sending and changing it never conflict. */
export interface HookTrouble {
  readonly failingSince: number;
  /** Of the last attempt. */
  readonly reason: string;
}
export const hookTroubles = defineCollection<HookTrouble>('event-hook-troubles');

/** Which event went to which hook by which delivery; id = delivery. */
export interface HookDelivery {
  readonly hook: string;
  readonly event: string;
  readonly position: number;
  /** Of the event. */
  readonly loggedAt: number;
  readonly madeAt: number;
}
export const hookDeliveries = defineCollection<HookDelivery>('event-hook-deliveries', {
  byHook: ['hook', 'madeAt'],
  byEvent: ['hook', 'event'],
  byAge: ['madeAt'],
});

/** What leaves by the outbox for a hook. */
export interface HookOperation {
  readonly kind: 'event';
  readonly hook: string;
  readonly event: string;
}

/** A tenant has few. */
export const mostHooks = 20;

export async function listHooks(store: Store, tenant: TenantId) {
  return store.find(tenant, hooks, { index: 'byAge', equals: [], limit: mostHooks });
}

export function hookPlace(tenant: TenantId, id: string, which: 'current' | 'previous'): SecretPlace {
  return { tenant, kind: `event hook, ${which}`, id };
}
