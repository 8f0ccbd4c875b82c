import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { MediaError } from '../../src/media/media-error.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
const chooser = { url: 'https://chooser.example/choose', secret: 'a secret of the chooser', timeoutMs: 2000 };
async function open(
  application: NonNullable<WorldOptions['application']>,
  more: WorldOptions = {},
): Promise<void> {
  world = await openWorld({ policy: { chooser }, application, ...more });
}
afterEach(async () => world.close());

const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));

describe('an application that chooses for a queue', () => {
  it('is asked, signed, with those who could, and whom it names is asked first', async () => {
    const asked: { question: Record<string, unknown>; headers: Readonly<Record<string, string>> }[] = [];
    await open(
      async (_, question, headers) => {
        asked.push({ question, headers });
        return JSON.stringify({ agent: 'ben' });
      },
      { skills: { anna: { french: 2 } } },
    );
    const cora = world.customer();
    await cora.says('Hello');
    expect(invitations()).toEqual(['invite @ben:example.org']);
    const { question, headers } = asked[0] ?? { question: {}, headers: {} };
    expect(question).toMatchObject({
      tenant: 'acme',
      queue: 'support',
      network: 'loopback',
      waitedSeconds: 0,
      agents: [{ id: 'anna', name: 'Anna', skills: { french: 2 }, load: 0, capacity: 2 }, { id: 'ben' }],
    });
    const signed = `${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${JSON.stringify(question)}`;
    const signature = createHmac('sha256', chooser.secret).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
    await world.ben(cora.conversation).joins();
    await world.ben(cora.conversation).says('!why');
    expect(world.room().join('\n')).toContain('chosen by the application; one of 2 who could');
  });

  it('is asked again about who is left when its choice declines', async () => {
    const lists: unknown[] = [];
    await open(async (_, { agents }) => {
      const ids = (agents as { id: string }[]).map(({ id }) => id);
      lists.push(ids);
      return JSON.stringify({ agent: ids.at(-1) });
    });
    const cora = world.customer();
    await cora.says('Hello');
    await world.ben(cora.conversation).declines();
    expect(lists).toEqual([['anna', 'ben'], ['anna']]);
    expect(invitations()).toEqual(['invite @ben:example.org', 'invite @anna:example.org']);
  });

  it.each([
    ['nonsense', async () => 'nonsense', 'its answer is no JSON'],
    ['no agent', async () => '{}', 'its answer names no agent'],
    ['a stranger', async () => '{"agent":"bob"}', 'it chose somebody who was not among those to choose from'],
    [
      'nothing in time',
      async () => {
        throw new MediaError('timeout', 'no answer');
      },
      'no answer in time',
    ],
    [
      'an error',
      async () => {
        throw new MediaError('status', 'x', { status: 500 });
      },
      'it answered 500',
    ],
  ])('that answers %s leaves it to the queue’s own order', async (_, application, reason) => {
    await open(application);
    const cora = world.customer();
    await cora.says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!why');
    expect(world.room().join('\n')).toContain(`the application did not choose (${reason}`);
  });

  it('keeps nobody waiting but the session it is asked about; an answer that is too late counts no more', async () => {
    const held = Promise.withResolvers<string>();
    let calls = 0;
    await open(async () => ((calls += 1) === 1 ? held.promise : JSON.stringify({ agent: 'ben' })));
    await world.customer('cora').writes('I wait for the application');
    await expect.poll(() => calls).toBe(1);
    await world.customer('dan').writes('I do not');
    await expect.poll(invitations).toEqual(['invite @ben:example.org']);
    world.clock.advance(5000);
    await expect.poll(invitations).toHaveLength(2);
    held.resolve(JSON.stringify({ agent: 'ben' }));
    await world.delivery.idle();
    expect(invitations()).toEqual(['invite @ben:example.org', 'invite @anna:example.org']);
  });
});
