import { beforeEach, describe, expect, it } from 'vitest';
import { createClaimedRecords, type ClaimedRecords } from '../../src/delivery/claimed-records.ts';
import { soleOwnership, type Claim } from '../../src/delivery/ownership.ts';
import { as } from '../../src/platform/ids.ts';
import { LeaseClaim } from '../../src/replicas/lease-claim.ts';
import type { ReplicaId } from '../../src/replicas/replica-records.ts';
import { defineCollection, put, remove } from '../../src/store/store.ts';
import { createFaultyStore, type FaultyStore } from './faulty-store.ts';
import { acme, counters } from './rig.ts';

const shared = defineCollection<{ readonly count: number }>('shared');

describe('records remembered under a claim', () => {
  let store: FaultyStore;
  let records: ClaimedRecords;
  let claim: Claim;
  const newClaim = async (): Promise<Claim> => ({
    ...(await soleOwnership(() => 0).claim(acme, { kind: 'conversation', id: as('c1') }, undefined))!,
  });
  const countOf = async (under: Claim, collection = counters): Promise<number | undefined> =>
    (await records.under(under).read.get(acme, collection, 'c1'))?.value.count;
  /** By somebody who has no claim: what is remembered cannot know. */
  const writeElsewhere = async (count: number, collection = counters): Promise<void> =>
    store.commit(acme, [put(collection, 'c1', { count }, 'any')]);

  beforeEach(async () => {
    store = createFaultyStore();
    records = createClaimedRecords(store, [counters]);
    claim = await newClaim();
    await writeElsewhere(1);
  });

  it('are read once, and are what decisions made of them', async () => {
    expect(await countOf(claim)).toBe(1);
    await writeElsewhere(7);
    expect(await countOf(claim)).toBe(1);
    records.under(claim).committed([put(counters, 'c1', { count: 2 }, 1)]);
    const found = await records.under(claim).read.get(acme, counters, 'c1');
    expect(found).toEqual({ id: 'c1', version: 2, value: { count: 2 } });
  });

  it('are read anew under another claim, and after a decision failed', async () => {
    await countOf(claim);
    await writeElsewhere(7);
    expect(await countOf(await newClaim())).toBe(7);
    records.under(claim).failed();
    expect(await countOf(claim)).toBe(7);
  });

  it('do not come back by a read that was under way when the decision failed', async () => {
    const decision = records.under(claim);
    const late = decision.read.get(acme, counters, 'c1');
    decision.failed();
    await late;
    await writeElsewhere(7);
    expect(await countOf(claim)).toBe(7);
  });

  it('are read anew where a decision took them away, or wrote over whatever there was', async () => {
    for (const write of [remove(counters, 'c1', 1), put(counters, 'c1', { count: 2 }, 'any')]) {
      await countOf(claim);
      await writeElsewhere(7);
      records.under(claim).committed([write]);
      expect(await countOf(claim)).toBe(7);
    }
  });

  it('are forgotten when the claim is lost or given back, and not remembered again', async () => {
    const lease = { tenant: acme, id: 'conversation:c1', version: 1 };
    const holder = { id: as<ReplicaId>('r1'), isValid: () => true };
    const taken = new LeaseClaim(lease, holder, 0, () => 0);
    for (const count of [1, 2]) {
      await writeElsewhere(count);
      expect(await countOf(taken)).toBe(count);
      taken.lose();
    }
    await writeElsewhere(3);
    expect(await countOf(taken)).toBe(3);
  });

  it('are only those of collections that are owned', async () => {
    await writeElsewhere(1, shared);
    await countOf(claim, shared);
    await writeElsewhere(2, shared);
    expect(await countOf(claim, shared)).toBe(2);
  });
});
