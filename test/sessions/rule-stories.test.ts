import { afterEach, describe, expect, it } from 'vitest';
import { as, type QueueId } from '../../src/platform/ids.ts';
import { queueEntries } from '../../src/queues/queue-entry.ts';
import { ruleBooks, onlyBook } from '../../src/routing/rules/rule-set-records.ts';
import { sessions } from '../../src/sessions/session.ts';
import { put } from '../../src/store/store.ts';
import { acme, openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
async function open(options: WorldOptions = {}): Promise<World> {
  world = await openWorld(options);
  return world;
}
afterEach(async () => world.close());

const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));
const second = 1000;
const minute = 60 * second;
const session = async () => {
  for (const state of ['waiting', 'offered', 'active']) {
    const [found] = await world.store.find(acme, sessions, { index: 'byState', equals: [state] });
    if (found !== undefined) return found.value;
  }
  throw new Error('no session is open');
};
const entry = async () => (await world.store.get(acme, queueEntries, (await session()).id))?.value;

describe('rules', () => {
  it('send a session to the queue, the skills and the priority that they name; the agent can ask why', async () => {
    await open({
      skills: { ben: { french: 4 } },
      moreQueues: { sales: { members: ['anna', 'ben'] } },
      rules: [
        { name: 'Web', when: 'network == "web"', queue: 'support' },
        {
          name: 'Offers',
          when: 'text.mentions(["offer", "offre"])',
          queue: 'sales',
          requiredSkills: { french: 3 },
          priority: 7,
        },
      ],
    });
    const cora = world.customer();
    await cora.says('Une offre, please');
    expect(invitations()).toEqual(['invite @ben:example.org']);
    expect(await session()).toMatchObject({ queue: 'sales', routing: { rules: ['Offers'], failed: [] } });
    await world.ben(cora.conversation).joins();
    await world.ben(cora.conversation).says('!why');
    const answer = world.room().findLast((line) => line.includes('The session is yours'));
    expect(answer).toMatch(/french 4 \(3 needed\).*longest idle of 1 who could/);
    expect(answer).toMatch(/By the rule “Offers” \(rules file-[\w-]+\)/);
    expect(answer).toContain('Queue: sales.');
  });

  it('are looked at once: who comes back to the queue asks for the same', async () => {
    await open({
      moreQueues: { sales: { members: ['anna'] } },
      rules: [{ name: 'Sales', when: 'text.mentions("buy")', queue: 'sales', priority: 3 }],
    });
    const cora = world.customer();
    await cora.says('I want to buy');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).leaves();
    expect(await entry()).toMatchObject({ queue: 'sales', priority: 3 });
  });

  it('that cannot be decided are passed over: the line’s queue takes the session, and it is told everywhere', async () => {
    await open({
      agents: ['anna'],
      moreQueues: { sales: {} },
      rules: [{ name: 'Odd', when: 'int(text) > 1', queue: 'sales' }],
    });
    const cora = world.customer();
    await cora.says('not a number, my secret');
    expect((await session()).queue).toBe('support');
    expect(world.failedRules).toEqual([expect.stringMatching(/^Odd: column \d+: int conversion error$/)]);
    expect(world.failedRules.join()).not.toContain('secret');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!why');
    expect(world.room().join('\n')).toContain('The rule “Odd” could not be decided and was passed over');
  });

  it('widen whom may be asked beside the queue’s own rings', async () => {
    await open({
      policy: { members: [as('anna')] },
      teams: { ben: ['night'] },
      skills: { anna: {} },
      rules: [
        {
          name: 'French',
          requiredSkills: { french: 3 },
          rings: [
            { afterSeconds: 60, teams: ['night'] },
            { afterSeconds: 120, dropSkills: ['french'] },
          ],
        },
      ],
    });
    await world.customer().says('Bonjour');
    expect(invitations()).toEqual([]);
    await world.pass(minute, () => undefined);
    expect(invitations()).toEqual([]);
    await world.pass(minute, () => {
      expect(invitations()).toHaveLength(1);
    });
  });

  it('lead into another queue when it takes too long, and the wait counts on', async () => {
    await open({
      policy: { members: [as('anna')] },
      moreQueues: { sales: { members: ['ben'] } },
      rules: [{ name: 'All', overflow: [{ queue: 'sales', afterSeconds: 60 }] }],
    });
    await world.desk('anna').says('!offline');
    const began = world.clock.now();
    await world.customer().says('Hello');
    expect(invitations()).toEqual([]);
    await world.pass(minute, () => {
      expect(invitations()).toEqual(['invite @ben:example.org']);
    });
    expect(await entry()).toMatchObject({ queue: 'sales', since: began });
    expect(world.room().join('\n')).toContain('Goes to the queue sales: waited longer than 60 s.');
  });

  it('lead into another queue when nobody is available, or too many wait', async () => {
    await open({
      capacity: 1,
      policy: { members: [as('anna')] },
      moreQueues: { sales: { members: ['ben'] }, third: { members: ['ben'] } },
      rules: [
        {
          name: 'All',
          overflow: [
            { queue: 'sales', nobodyAvailable: true },
            { queue: 'third', moreThan: 2 },
          ],
        },
      ],
    });
    const queues = async (): Promise<QueueId[]> => {
      const states = ['waiting', 'offered'].map(async (state) =>
        world.store.find(acme, queueEntries, { index: 'byState', equals: [state] }),
      );
      return (await Promise.all(states))
        .flat()
        .map(({ value }) => value.queue)
        .sort();
    };
    for (const name of ['cora', 'dan']) await world.customer(name).says('Hello');
    expect(await queues()).toEqual(['support', 'support']);
    await world.customer('eli').says('Hello');
    expect(await queues()).toContain('third');
    await world.desk('anna').says('!offline');
    expect(await queues()).toContain('sales');
    expect(await queues()).not.toContain('support');
  });

  it('look at how queues stand and at hours when they ask for it', async () => {
    await open({
      capacity: 1,
      policy: { members: [as('anna')] },
      moreQueues: { sales: { members: ['ben'] } },
      calendars: new Map([
        [
          'office',
          {
            id: 'office',
            timeZone: 'UTC',
            week: [[], [], [], [], [], [], []],
            exceptions: [],
            holidays: { days: [], spans: [] },
          },
        ],
      ]),
      rules: [{ name: 'Full', when: 'load.support.free == 0 && hours.office == "closed"', queue: 'sales' }],
    });
    await world.customer('cora').says('Hello');
    await world.customer('dan').says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
  });

  it('know the name that the customer wrote to, and what their app tells', async () => {
    await open({
      moreQueues: { sales: { members: ['ben'] } },
      rules: [
        {
          name: 'App',
          when: 'identifier == "sales@acme.example" && app.client == "acme-ios" && language == "fr" && text == "Hello"',
          queue: 'sales',
        },
      ],
    });
    const cora = world.customer();
    const told = { client: 'acme-ios', language: 'fr' };
    await cora.tells({
      kind: 'message',
      to: 'sales@acme.example',
      profile: { app: told },
      message: { content: { kind: 'text', text: 'Hello' } },
    });
    expect((await session()).queue).toBe('sales');
  });

  it('saved by REST count from the next session on', async () => {
    await open({ moreQueues: { sales: { members: ['ben'] } } });
    await world.customer('cora').says('Hello');
    const set = {
      version: '1',
      tag: 'one',
      at: 1,
      given: [],
      rules: [
        {
          name: 'All',
          queue: as<QueueId>('sales'),
          required: {},
          preferred: {},
          rings: [],
          overflow: [],
          continues: false,
        },
      ],
    };
    await world.store.commit(acme, [
      put(ruleBooks, onlyBook, { current: set, number: 1, versions: [] }, 'absent'),
    ]);
    await world.customer('dan').says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
  });
});
