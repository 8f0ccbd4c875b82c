import { afterEach, expect, it } from 'vitest';
import { agentWork } from '../../src/directory/agent-work.ts';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { routingKey } from '../../src/sessions/conversation-event.ts';
import { acme, openWorld, users, type World } from './world.ts';

/** An operator takes an agent out of the directory by REST while they have sessions in hand. */

const anna = as<AgentId>('anna');
let world: World;
afterEach(async () => world.close());

async function annaLeaves(isRemoved = true): Promise<void> {
  const event = { type: 'left', agent: anna, isRemoved } as const;
  await world.delivery.accept(acme, [{ id: as('api:left'), key: routingKey, event }]);
  await world.delivery.idle();
}

/** Anna has a session, and is asked for another. */
async function open() {
  world = await openWorld({ agents: ['anna', 'ben'] });
  await world.desk('ben').says('!offline');
  const [cora, dan] = [world.customer('cora'), world.customer('dan')];
  await cora.says('Hello');
  await world.anna(cora.conversation).joins();
  await dan.says('Hello');
  await world.desk('ben').says('!available');
  return { cora, dan };
}

it('what they have and what they are offered goes to others at once', async () => {
  const { cora, dan } = await open();
  world.reconfigure({ agents: ['ben'] });
  await annaLeaves();
  for (const { conversation } of [cora, dan]) {
    const room = world.room(conversation);
    expect(room.lastIndexOf(`remove ${users.anna}`)).toBeGreaterThan(0);
    expect(room.at(-1)).toBe(`invite ${users.ben}`);
  }
});

it('also where a replica has not heard yet that they are gone; nobody asks them again', async () => {
  const { cora, dan } = await open();
  await annaLeaves();
  expect((await world.store.get(acme, agentWork, anna))?.value).toMatchObject({
    availability: 'offline',
    sessions: [],
  });
  for (const { conversation } of [cora, dan])
    expect(world.room(conversation).at(-1)).toBe(`invite ${users.ben}`);
});

it('with another account they go on being asked', async () => {
  const { cora } = await open();
  const other = as<typeof users.anna>('@anna-two:example.org');
  world.reconfigure({ accounts: { anna: other } });
  await annaLeaves(false);
  expect(world.room(cora.conversation)).toContain(`remove ${users.anna}`);
  expect((await world.store.get(acme, agentWork, anna))?.value.availability).toBe('available');
});
