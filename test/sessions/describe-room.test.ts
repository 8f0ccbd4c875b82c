import { afterEach, expect, it } from 'vitest';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import { describeRoom } from '../../src/sessions/describe-room.ts';
import { acme, openWorld, tenantOf, type World } from './world.ts';

let world: World;
afterEach(async () => world.close());

it('takes a customer’s name as it is, whatever signs are in it', async () => {
  world = await openWorld();
  const cora = world.customer();
  await cora.tells({ kind: 'profile', profile: { name: "$& {network} $'" } });
  const tenant = { ...tenantOf({}), nameTemplate: '{name} ({network})' };
  const parts = { store: world.store, directory: createDeclaredDirectory([tenant]) };
  const { ghost } = await describeRoom(parts, acme, cora.conversation);
  expect(ghost?.name).toBe("$& {network} $' (Loopback)");
});
