import { expect, it } from 'vitest';
import { agentWork } from '../../src/directory/agent-work.ts';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { deskCommands } from '../../src/sessions/desk/desk-commands.ts';
import { deskOf } from '../../src/sessions/desk/desk.ts';
import { sessions, type SessionRecord } from '../../src/sessions/session.ts';
import { acme as acmeId, bolt as boltId } from '../sessions/world.ts';
import { ofBolt, openTwoTenants, type TwoTenants } from './two-tenants.ts';

/** Security row S5, for every command at an agent's desk: made from the list that the product itself uses. */

const names = [...deskCommands.keys()];
/** Of the same tenant, of another, and of none. */
const others = ['ben', 'bob', 'eve'] as const;

interface AtDesk extends TwoTenants {
  /** The event in which a session is offered to Anna at her desk. */
  readonly card: string;
  /** All that commands at a desk could change, and all that anybody was told. */
  readonly state: () => Promise<unknown>;
}

/** Anna has an offer at her desk; in her queue and in Bolt's, a session waits. */
async function openDesks(): Promise<AtDesk> {
  const two = await openTwoTenants(undefined, { availability: { offersAtDesk: true } });
  const { world } = two;
  await world.desk('ben').says('!busy');
  await world.customer('offered').says('Hello');
  await world.customer('waiting').says('Hello');
  const records = async (tenant: TenantId) => ({
    work: await Promise.all(
      ['anna', 'ben', 'bob'].map(async (id) => (await world.store.get(tenant, agentWork, id))?.value),
    ),
    sessions: await openSessions(two, tenant),
  });
  return {
    ...two,
    card: world.eventOf('bot: Loopback session for Acme (Support)'),
    state: async () => ({
      acme: await records(acmeId),
      bolt: await records(boltId),
      told: world.room(),
      network: world.sessionLog,
    }),
  };
}

async function openSessions({ world }: TwoTenants, tenant: TenantId): Promise<SessionRecord[]> {
  const states = ['waiting', 'offered', 'active'];
  const found = await Promise.all(
    states.map(async (state) =>
      world.store.find(tenant, sessions, { index: 'byState', equals: [state], limit: 20 }),
    ),
  );
  return found.flat().map(({ value }) => value);
}

it.each(names)('!%s is heard from nobody but the agent whose desk it is', async (name) => {
  const { world, state, boltWrites } = await openDesks();
  const writes = boltWrites();
  const before = await state();
  for (const other of others) {
    const desk = world.desk('anna', other);
    for (const argument of ['', ' support', ' bolt-support']) await desk.says(`!${name}${argument}`);
  }
  expect(await state()).toEqual(before);
  expect(boltWrites()).toBe(writes);
  await world.desk('anna').says(`!${name}`);
  expect(await state()).not.toEqual(before);
});

it.each(['✅', '👍', '❌', '👎'])(
  '%s is an answer only of the agent to whom it was offered',
  async (emoji) => {
    const { world, card, state } = await openDesks();
    const before = await state();
    for (const other of others) await world.desk('anna', other).reacts(card, emoji);
    // From a desk of their own, at a card that stands at another's.
    await world.desk('ben').reacts(card, emoji);
    await world.bob(deskOf(as('bob'))).reacts(card, emoji);
    expect(await state()).toEqual(before);
    await world.desk('anna').reacts(card, emoji);
    expect(await state()).not.toEqual(before);
  },
);

it.each(['accept', 'decline'])('!%s is about nobody else’s offer', async (name) => {
  const two = await openDesks();
  const { world } = two;
  const offered = async () => (await openSessions(two, acmeId)).map(({ state, offer }) => [state, offer]);
  const before = await offered();
  const from = world.room().length;
  await world.desk('ben').says(`!${name}`);
  await world.bob(deskOf(as('bob'))).says(`!${name}`);
  expect(world.room().slice(from)).toEqual(
    Array.from({ length: 2 }, () => 'notice: Nothing is offered to you.'),
  );
  expect(await offered()).toEqual(before);
});

it('!pull takes nothing of another tenant’s queue, and answers as for a queue that nobody has', async () => {
  const { world, bolt, state, boltWrites } = await openDesks();
  await world.bob(deskOf(as('bob'))).says('!offline');
  const waiting = world.customer('waits-for-bob', undefined, boltId);
  await waiting.says('Hello');
  const writes = boltWrites();
  const { bolt: before } = (await state()) as { bolt: unknown };
  const from = world.room().length;
  const asked = ['bolt-support', 'Bolt support', waiting.conversation, bolt.conversation];
  for (const queue of [...asked, 'queue-of-nobody']) await world.desk('anna').says(`!pull ${queue}`);
  const answers = world
    .room()
    .slice(from)
    .map((line, at) => line.replace([...asked, 'queue-of-nobody'][at]?.slice(0, 60) ?? '', '…'));
  expect(answers).toEqual(
    Array.from({ length: 5 }, () => 'notice: You are in no queue called …. Yours: Support.'),
  );
  expect(boltWrites()).toBe(writes);
  expect(await state()).toMatchObject({ bolt: before });
});

it.each(names)('!%s tells an agent nothing of another tenant', async (name) => {
  const { world, boltWrites } = await openDesks();
  const writes = boltWrites();
  const from = world.room().length;
  await world.desk('anna').says(`!${name}`);
  expect(world.room().slice(from).join('\n')).not.toMatch(ofBolt);
  expect(boltWrites()).toBe(writes);
});
