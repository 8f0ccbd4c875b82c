import { afterEach, describe, expect, it } from 'vitest';
import type { Accepted } from '../../src/delivery/accept.ts';
import { seenEntries } from '../../src/delivery/collections.ts';
import type { DeliveryRecord } from '../../src/delivery/delivery.ts';
import { as, type SessionId } from '../../src/platform/ids.ts';
import type { ServiceOperation } from '../../src/sessions/conversation-event.ts';
import { createServiceTransport } from '../../src/sessions/service-calls/service-transport.ts';
import { sessions } from '../../src/sessions/session.ts';
import { declaredDialog } from '../fixtures/declared-dialog.ts';
import { acme, openWorld, type World } from './world.ts';

let world: World;
afterEach(async () => world.close());

const crm = declaredDialog(`
  steps:
    - { name: crm, do: lookUp, url: https://crm.example/, keep: { tier: tier } }
    - { name: order, do: ask, text: 'Dear {tier} customer, which order?', answer: { kind: number } }
`);

describe('what a service asks elsewhere', () => {
  it('is answered once, also where it is asked again because a crash came before the end was written down', async () => {
    let tiers = 0;
    const answer = () => ({ attributes: { tier: `tier ${String((tiers += 1))}` } });
    world = await openWorld({ services: { crm }, service: 'crm', served: { lookUp: answer } });
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: Dear tier 1 customer, which order?']);
    const [session] = await world.store.find(acme, sessions, { index: 'byState', equals: ['talking'] });
    const seen = (await world.store.find(acme, seenEntries, { index: 'byAge', equals: [] })).map(
      ({ id }) => id,
    );
    const delivery = seen.find((id) => id.startsWith('service:'))?.slice('service:'.length) ?? '';
    const results: Accepted[] = [];
    const again = createServiceTransport({
      async accept(...entries) {
        const accepted = await world.delivery.accept(...entries);
        results.push(accepted);
        return accepted;
      },
      lookUp: async () => answer(),
      askApplication: async () => ({ failure: 'none' }),
    });
    const operation: ServiceOperation = {
      session: session?.id as SessionId,
      kind: 'look-up',
      call: 1,
      lookUp: { url: 'https://crm.example/', method: 'GET', timeoutMs: 1000, keep: { tier: 'tier' } },
    };
    const record = { id: as(delivery), conversation: cora.conversation } as unknown as DeliveryRecord;
    await again(acme, record, operation);
    expect(results).toEqual([{ accepted: 0, duplicates: 1 }]);
    await world.delivery.idle();
    expect(cora.saw()).toEqual(['Acme: Dear tier 1 customer, which order?']);
    const [still] = await world.store.find(acme, sessions, { index: 'byState', equals: ['talking'] });
    expect(still?.value.attributes).toEqual({ tier: 'tier 1' });
  });
});
