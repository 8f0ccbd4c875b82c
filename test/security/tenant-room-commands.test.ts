import { expect, it } from 'vitest';
import { commands } from '../../src/sessions/on-command.ts';
import { acme as acmeId, bolt as boltId } from '../sessions/world.ts';
import { ofBolt, openTwoTenants } from './two-tenants.ts';

/** Security row S5, for every command that is written in a room: made from the list that the product itself uses. */

it.each(commands.map(({ name }) => name))('!%s is for this tenant’s agents only', async (name) => {
  const { world, acme, boltWrites } = await openTwoTenants();
  const before = world.room(acme.conversation).length;
  const told = world.customer(acme.address).saw();
  // Bolt's agent and a stranger, in Acme's room.
  for (const stranger of [world.bob(acme.conversation, acmeId), world.eve(acme.conversation)]) {
    await stranger.says(`!${name} x`);
    await stranger.replies(acme.event, `!${name}`);
  }
  expect(world.room(acme.conversation).slice(before)).toEqual(
    Array.from({ length: 4 }, () => 'notice: Commands are for this tenant’s agents.'),
  );
  expect(world.customer(acme.address).saw()).toEqual(told);
  expect(boltWrites()).toBe(0);
});

it.each(commands.map(({ name }) => name))('!%s knows nothing of another tenant’s ids', async (name) => {
  const { world, acme, bolt, boltWrites } = await openTwoTenants();
  const before = world.room(acme.conversation).length;
  const anna = world.anna(acme.conversation);
  const foreign = [...Object.values(bolt.ids), bolt.event, bolt.native, bolt.conversation, bolt.address];
  for (const id of foreign) {
    await anna.replies(id, `!${name}`);
    if (name !== 'note') await anna.says(`!${name} ${id}`);
  }
  for (const line of world.room(acme.conversation).slice(before)) expect(line).not.toMatch(ofBolt);
  expect(world.customer(bolt.address, undefined, boltId).saw()).toEqual([]);
  expect(boltWrites()).toBe(0);
});

it.each(commands.map(({ name }) => name))('!%s answers a foreign id as one that nobody has', async (name) => {
  const answers = [];
  for (const which of ['foreign', 'nobodys'] as const) {
    const { world, acme, bolt } = await openTwoTenants();
    const before = world.room(acme.conversation).length;
    const id = which === 'foreign' ? bolt.event : '$nobody';
    await world.anna(acme.conversation).replies(id, `!${name}`);
    answers.push(world.room(acme.conversation).slice(before));
  }
  expect(answers[0]).toEqual(answers[1]);
});
