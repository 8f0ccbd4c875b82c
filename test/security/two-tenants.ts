import { onTestFinished, vi, type MockInstance } from 'vitest';
import { quarantinedEntries } from '../../src/delivery/collections.ts';
import { listDeliveries } from '../../src/delivery/dead-letters.ts';
import {
  as,
  type ConversationId,
  type DeliveryId,
  type InboxEntryId,
  type TenantId,
} from '../../src/platform/ids.ts';
import { put, type Store, type Write } from '../../src/store/store.ts';
import { acme, bolt, openWorld, type World, type WorldOptions } from '../sessions/world.ts';

/** Of one tenant: everything that a route or a command can be asked for by its id. */
export interface Belongings {
  readonly conversation: ConversationId;
  /** By the word that stands for their kind in paths. */
  readonly ids: Readonly<Record<string, string>>;
  /** As they stand in a room and at the network. */
  readonly event: string;
  readonly native: string;
  readonly address: string;
  readonly delivery: DeliveryId;
}

export interface TwoTenants {
  readonly world: World;
  readonly acme: Belongings;
  readonly bolt: Belongings;
  /** How often something of Bolt's was written since. */
  readonly boltWrites: () => number;
  /** What was committed since, together what was written together. */
  readonly commits: () => readonly (readonly Write[])[];
}

/** What nobody of Acme's may ever be shown: Bolt's name stands in everything that is Bolt's. */
export const ofBolt = /bolt|bob/i;

type Ids = Belongings['ids'];

/**
 * Two tenants with a conversation each, in which a message failed and an event was set aside. What `more` plants for them is theirs as
 * well, by its ids.
 */
export async function openTwoTenants(
  more: (world: World) => Promise<{ readonly acme: Ids; readonly bolt: Ids }> = async () => ({
    acme: {},
    bolt: {},
  }),
  options: WorldOptions = {},
): Promise<TwoTenants> {
  const world = await openWorld({ supervisors: ['anna'], ...options });
  onTestFinished(() => world.close());
  const [ofAcme, ofBolts] = [await furnish(world, acme), await furnish(world, bolt)];
  const planted = await more(world);
  const belongings = {
    acme: { ...ofAcme, ids: { ...ofAcme.ids, ...planted.acme } },
    bolt: { ...ofBolts, ids: { ...ofBolts.ids, ...planted.bolt } },
  };
  const commit: MockInstance<Store['commit']> = vi.spyOn(world.store, 'commit');
  return {
    world,
    ...belongings,
    boltWrites: () => commit.mock.calls.filter(([tenant]) => tenant === bolt).length,
    commits: () => commit.mock.calls.map(([, writes]) => writes),
  };
}

async function furnish(world: World, tenant: TenantId): Promise<Belongings> {
  const address = `customer-of-${tenant}`;
  const customer = world.customer(address, undefined, tenant);
  const native = await customer.says(`first words for ${tenant}`);
  const agent = tenant === bolt ? world.bob(customer.conversation) : world.anna(customer.conversation);
  await agent.joins();
  world.networkFails('permanent', `a reason of ${tenant}`);
  const event = await agent.says(`an answer of ${tenant}`);
  const [failed] = (await listDeliveries(world.store, tenant, 'failed', { limit: 10 })).found;
  if (failed?.value.messageId === undefined) throw new Error('no delivery failed');
  const aside = as<InboxEntryId>(`ch:front:message:${tenant}`);
  await world.store.commit(tenant, [
    put(
      quarantinedEntries,
      aside,
      {
        id: aside,
        key: customer.conversation,
        event: { type: 'channel', text: `poison of ${tenant}` },
        acceptedAt: 1,
        quarantinedAt: 2,
        reason: `a mistake of ${tenant}`,
      },
      'absent',
    ),
  ]);
  return {
    conversation: customer.conversation,
    ids: { quarantine: aside, deliveries: failed.id, messages: failed.value.messageId },
    event,
    native,
    address,
    delivery: as(failed.id),
  };
}
