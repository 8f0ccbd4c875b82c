import { afterEach, describe, expect, it } from 'vitest';
import { agentWork } from '../../src/directory/agent-work.ts';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { routingKey } from '../../src/sessions/conversation-event.ts';
import { deskOf } from '../../src/sessions/desk/desk.ts';
import { openDesks } from '../../src/sessions/desk/open-desks.ts';
import { acme, openWorld, users, type World, type WorldOptions } from './world.ts';

/** Anna has a second Matrix account, on her telephone: Eve's in the world of these tests. */

const anna = as<AgentId>('anna');
const endpoints = { anna: [users.eve] };
const both = [users.anna, users.eve];
const minute = 60_000;

let world: World;
afterEach(async () => world.close());

async function open(options: WorldOptions = {}) {
  world = await openWorld({ endpoints, ...options });
  const cora = world.customer();
  const at = cora.conversation;
  return { cora, at, desktop: world.anna(at), mobile: world.eve(at) };
}
const shown = (beginning: string): string[] => world.room().filter((line) => line.startsWith(beginning));
const inHand = async () => (await world.store.get(acme, agentWork, anna))?.value.sessions.length;
const invites = (...accounts: readonly string[]): string[] => accounts.map((user) => `invite ${user}`);
const removals = (...accounts: readonly string[]): string[] => accounts.map((user) => `remove ${user}`);

describe('an agent with two accounts', () => {
  it('is asked on both, accepts on either, and answers as one', async () => {
    const { cora, desktop, mobile } = await open({ texts: { agentJoined: 'You are talking to {agent}.' } });
    await cora.says('Hello');
    expect(shown('invite')).toEqual(invites(...both));
    expect(await inHand()).toBe(1);
    await mobile.joins();
    await mobile.says('From my phone');
    await desktop.joins();
    await desktop.says('From my desk');
    expect(cora.saw()).toEqual([
      'Acme: You are talking to Anna.',
      'Anna: From my phone',
      'Anna: From my desk',
    ]);
    await mobile.says('!status');
    expect(world.room().at(-1)).toContain('with Anna.');
    await mobile.says('!close');
    expect(shown('remove')).toEqual(removals(...both));
    expect(await inHand()).toBe(0);
  });

  it('who declines on one is asked on neither', async () => {
    const { cora, mobile } = await open();
    await cora.says('Hello');
    await mobile.declines();
    expect(shown('remove')).toEqual(removals(users.anna));
    expect(shown('invite')).toEqual(invites(...both, users.ben));
    expect(await inHand()).toBe(0);
  });

  it('who answers on neither loses both invitations', async () => {
    const { cora } = await open();
    await cora.says('Hello');
    await world.pass(minute, () => expect(shown('invite')).toContain(`invite ${users.ben}`));
    expect(shown('remove')).toEqual(removals(...both));
  });

  it('is asked on the one that is there; where none is, somebody else is', async () => {
    const { cora, desktop } = await open();
    world.cannotInvite(users.eve);
    await cora.says('Hello');
    expect(shown('notice')).toEqual([`notice: ${users.eve} could not be invited: there is no such user.`]);
    await desktop.joins();
    await desktop.says('Hi');
    expect(cora.saw()).toEqual(['Anna: Hi']);
    world.cannotInvite(users.anna);
    await world.desk('ben').says('!offline');
    await world.customer('dan').says('Hello');
    await world.desk('ben').says('!available');
    expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`);
  });

  it('has the session until the last of them has left', async () => {
    const { cora, desktop, mobile } = await open();
    await cora.says('Hello');
    await desktop.joins();
    await mobile.joins();
    await desktop.leaves();
    await mobile.says('Still here');
    expect(cora.saw()).toEqual(['Anna: Still here']);
    expect(await inHand()).toBe(1);
    await mobile.leaves();
    expect(await inHand()).toBe(0);
    expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`);
  });

  it('keeps it where one does not come, and goes where none is left but an invitation', async () => {
    const { cora, desktop, mobile } = await open();
    await cora.says('Hello');
    await desktop.joins();
    await mobile.declines();
    expect(await inHand()).toBe(1);
    await desktop.leaves();
    expect(await inHand()).toBe(0);
    const dan = world.customer('dan');
    await world.desk('ben').says('!busy');
    await dan.says('Hello');
    await world.anna(dan.conversation).joins();
    await world.anna(dan.conversation).leaves();
    expect(world.room(dan.conversation)).toContain(`remove ${users.eve}`);
  });

  it('takes a session with one, and is invited with the other', async () => {
    const { cora, at, mobile } = await open({ policy: { manual: true } });
    await cora.says('Hello');
    await mobile.says('!take');
    expect(world.room(at).filter((line) => line.startsWith('invite'))).toEqual(invites(users.anna));
    await mobile.says('Hi');
    expect(cora.saw()).toEqual(['Anna: Hi']);
  });

  it('has one desk, where either says whether they are there, and accepts', async () => {
    const { cora } = await open({ availability: { offersAtDesk: true } });
    await openDesks({ store: world.store, directory: world.directory, accept: world.delivery.accept });
    await world.delivery.idle();
    const desk = (): string[] => world.room(deskOf(anna));
    expect(desk().slice(0, 2)).toEqual(invites(...both));
    await world.desk('anna', 'eve').says('!offline');
    await world.desk('ben').says('!offline');
    await cora.says('Hello');
    await world.desk('anna').says('!available');
    await world.desk('anna', 'eve').says('!accept');
    expect(world.room(cora.conversation).filter((line) => line.startsWith('invite'))).toEqual(
      invites(...both),
    );
    // Not while the other is still at the desk.
    world.clock.advance(60 * minute);
    await world.desk('anna', 'eve').leaves();
    await world.desk('anna').says('!available');
    expect(desk().filter((line) => line.startsWith('invite'))).toHaveLength(2);
  });

  it('is let out of the room with both after the work that follows a session', async () => {
    const { cora, mobile } = await open({ queue: { wrapUpMs: minute } });
    await cora.says('Hello');
    await mobile.joins();
    await mobile.says('!close');
    expect(shown('remove')).toEqual([]);
    await mobile.says('!done');
    expect(shown('remove')).toEqual(removals(...both));
  });
});

describe('an account that an agent has no longer', () => {
  it('is out of the room at once, and the session goes on with the other', async () => {
    const { cora, desktop, mobile } = await open();
    await cora.says('Hello');
    await mobile.joins();
    await desktop.joins();
    await world.delivery.accept(acme, [
      { id: as('api:1'), key: routingKey, event: { type: 'accounts', agent: anna, gone: [users.eve] } },
    ]);
    await world.delivery.idle();
    expect(shown('remove')).toEqual(removals(users.eve));
    world.reconfigure({});
    await mobile.says('From nobody');
    await desktop.says('From Anna');
    expect(cora.saw()).toEqual(['Anna: From Anna']);
    expect(shown('invite')).toEqual(invites(...both));
  });

  it('takes the session along where it alone was there', async () => {
    const { cora, mobile } = await open();
    await cora.says('Hello');
    await mobile.joins();
    world.reconfigure({});
    await mobile.says('From nobody');
    expect(cora.saw()).toEqual([]);
    expect(shown('remove')).toEqual(removals(...both));
    expect(shown('invite').at(-1)).toBe(`invite ${users.ben}`);
  });
});
