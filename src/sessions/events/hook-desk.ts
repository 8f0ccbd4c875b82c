import { randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import { derivedId } from '../../platform/derived-id.ts';
import { as, type InboxEntryId, type TenantId } from '../../platform/ids.ts';
import type { Accept } from '../../delivery/accept.ts';
import { deliveries } from '../../delivery/collections.ts';
import type { DeliveryRecord } from '../../delivery/delivery.ts';
import { pageOf, type Page, type PageWanted } from '../../delivery/page.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { Conflict, put, remove, type Store, type Stored, type Write } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import type { EventUse } from './event-use.ts';
import { eventsKey, type HappeningType } from './happening.ts';
import {
  hookDeliveries,
  hookPlace,
  hooks,
  hookTroubles,
  listHooks,
  mostHooks,
  type Hook,
  type HookDelivery,
} from './hook.ts';
import { makeHookSecret } from './signature.ts';

export interface HookView {
  readonly id: string;
  readonly url: string;
  readonly types: readonly HappeningType[];
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly changedAt: number;
  /** Until when what is sent is signed with the secret before, too. */
  readonly formerSecretUntil?: number;
  /** Since when nothing gets through, and why. */
  readonly failing?: { readonly since: number; readonly reason: string };
}

export interface GivenHook {
  readonly url: string;
  readonly types: readonly HappeningType[];
  readonly enabled: boolean;
}

/** One event on its way to a hook, with what became of it so far. */
export interface HookSending {
  readonly id: string;
  readonly value: HookDelivery;
  /** Absent where it is longer ago than deliveries are kept. */
  readonly record: DeliveryRecord | undefined;
}

export interface SendingPage extends Omit<Page<HookDelivery>, 'found'> {
  readonly found: readonly HookSending[];
}

type Also = (view: HookView) => readonly Write[];

/** A tenant's webhooks as they are made and changed. Secrets are shown once. */
export interface HookDesk {
  list(tenant: TenantId): Promise<HookView[]>;
  get(tenant: TenantId, id: string): Promise<HookView | undefined>;
  /** Undefined where the tenant has as many as it may have. @throws {NoSecretKey} */
  create(
    tenant: TenantId,
    given: GivenHook,
    also: Also,
  ): Promise<{ readonly view: HookView; readonly secret: string } | undefined>;
  /** Undefined where there is none. */
  change(tenant: TenantId, id: string, given: GivenHook): Promise<HookView | undefined>;
  remove(tenant: TenantId, id: string, also: readonly Write[]): Promise<boolean>;
  /** A new secret; the one before signs as well for `graceMs`. @throws {NoSecretKey} */
  rotate(
    tenant: TenantId,
    id: string,
    graceMs: number,
    also: Also,
  ): Promise<{ readonly view: HookView; readonly secret: string } | undefined>;
  /** Newest first. Undefined where there is no such hook. */
  sendings(tenant: TenantId, id: string, wanted: PageWanted<HookDelivery>): Promise<SendingPage | undefined>;
  /**
   * Sends one event again, or all that happened since: at most a thousand. Gives how many. What is on its way already is not sent once more
   * beside that: asked for twice at once, it goes out once. `also`, of how many, goes into the same commit.
   */
  redeliver(
    tenant: TenantId,
    id: string,
    which: { readonly delivery: string } | { readonly since: number },
    also: (events: number) => readonly Write[],
  ): Promise<number>;
}

/** What one call may send again. */
export const mostAgain = 1000;
const rounds = 5;

export function createHookDesk(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly box: SecretBox;
  readonly use: EventUse;
  readonly accept: Accept<ConversationEvent>;
}): HookDesk {
  const { store, clock, box, use, accept } = parts;

  const viewOf = async (
    tenant: TenantId,
    { id, value }: Pick<Stored<Hook>, 'id' | 'value'>,
  ): Promise<HookView> => {
    const { sealed: _, previous, ...shown } = value;
    const trouble = (await store.get(tenant, hookTroubles, id))?.value;
    return {
      id,
      ...shown,
      ...(previous === undefined || previous.until <= clock.now()
        ? {}
        : { formerSecretUntil: previous.until }),
      ...(trouble === undefined ? {} : { failing: { since: trouble.failingSince, reason: trouble.reason } }),
    };
  };
  /** Tries anew when somebody else was faster. */
  const changing = async (
    tenant: TenantId,
    id: string,
    change: (hook: Hook) => Hook,
    also: Also = () => [],
  ): Promise<HookView | undefined> => {
    for (let round = 1; ; round += 1) {
      const read = await store.get(tenant, hooks, id);
      if (read === undefined) return undefined;
      const value = { ...change(read.value), changedAt: clock.now() };
      const view = await viewOf(tenant, { id, value });
      const cured = value.enabled && !read.value.enabled ? [remove(hookTroubles, id, 'any')] : [];
      try {
        await store.commit(tenant, [put(hooks, id, value, read.version), ...cured, ...also(view)]);
        return view;
      } catch (error) {
        if (!(error instanceof Conflict) || error.collection !== hooks.name || round === rounds) throw error;
      }
    }
  };

  return {
    async list(tenant) {
      return Promise.all((await listHooks(store, tenant)).map(async (hook) => viewOf(tenant, hook)));
    },
    async get(tenant, id) {
      const found = await store.get(tenant, hooks, id);
      return found && viewOf(tenant, found);
    },
    async create(tenant, given, also) {
      if ((await listHooks(store, tenant)).length >= mostHooks) return undefined;
      const id = randomBytes(12).toString('base64url');
      const secret = makeHookSecret();
      const now = clock.now();
      const sealed = box.seal(hookPlace(tenant, id, 'current'), secret);
      const value: Hook = { ...given, sealed, createdAt: now, changedAt: now };
      const view = await viewOf(tenant, { id, value });
      // First: a hook of a tenant whose events are not recorded would never be told anything.
      await use.keep(tenant);
      await store.commit(tenant, [put(hooks, id, value, 'absent'), ...also(view)]);
      return { view, secret };
    },
    async change(tenant, id, given) {
      return changing(tenant, id, (hook) => ({ ...hook, ...given }));
    },
    async remove(tenant, id, also) {
      const found = await store.get(tenant, hooks, id);
      if (found === undefined) return false;
      try {
        const gone = [remove(hooks, id, found.version), remove(hookTroubles, id, 'any')];
        await store.commit(tenant, [...gone, ...also]);
      } catch (error) {
        if (error instanceof Conflict) return false;
        throw error;
      }
      if ((await listHooks(store, tenant)).length === 0) await use.release(tenant);
      return true;
    },
    async rotate(tenant, id, graceMs, also) {
      const secret = makeHookSecret();
      const sealed = box.seal(hookPlace(tenant, id, 'current'), secret);
      const turned = (hook: Hook): Hook => {
        const before = box.open(hookPlace(tenant, id, 'current'), hook.sealed);
        const kept = box.seal(hookPlace(tenant, id, 'previous'), before);
        return { ...hook, sealed, previous: { sealed: kept, until: clock.now() + graceMs } };
      };
      const view = await changing(tenant, id, turned, also);
      return view && { view, secret };
    },
    async sendings(tenant, id, wanted) {
      if ((await store.get(tenant, hooks, id)) === undefined) return undefined;
      const query = { index: 'byHook', equals: [id], descending: true, ...wanted };
      const page = pageOf(await store.find(tenant, hookDeliveries, query), wanted.limit);
      const found = await Promise.all(
        page.found.map(async ({ id: delivery, value }) => {
          const record = (await store.get(tenant, deliveries, delivery))?.value;
          return { id: delivery, value, record };
        }),
      );
      return { ...page, found };
    },
    async redeliver(tenant, id, which, also) {
      const events =
        'delivery' in which
          ? [(await store.get(tenant, hookDeliveries, which.delivery))?.value]
          : (
              await store.find(tenant, hookDeliveries, {
                index: 'byHook',
                equals: [id],
                from: which.since,
                limit: mostAgain,
              })
            ).map(({ value }) => value);
      const own = events.filter((each): each is HookDelivery => each?.hook === id);
      const ids = [...new Set(own.toSorted((a, b) => a.position - b.position).map(({ event }) => event))];
      if (ids.length === 0) return 0;
      const entry = derivedId<InboxEntryId>('redeliver', tenant, id, randomBytes(16).toString('base64url'));
      const event: ConversationEvent = { type: 'redeliver', hook: id, events: ids };
      await accept(tenant, [{ id: as(entry), key: eventsKey, event }], { writes: also(ids.length) });
      return ids.length;
    },
  };
}
