import { afterEach, describe, expect, it } from 'vitest';
import { queueEntries } from '../../src/queues/queue-entry.ts';
import { sessions } from '../../src/sessions/session.ts';
import { readQueueStatistics } from '../../src/sessions/read-queue-statistics.ts';
import { as } from '../../src/platform/ids.ts';
import { calendars } from './calendars.ts';
import { acme, openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
async function open(options: WorldOptions = {}): Promise<World> {
  world = await openWorld(options);
  return world;
}
afterEach(async () => world.close());

const minute = 60_000;
const hour = 60 * minute;
const serviceLevels = { firstAnswerMs: 20 * minute, warnAt: 0.75, raisePriority: 5 };
const told = (word: string): string[] =>
  world.room().filter((line) => line.startsWith('notice') && line.includes(word));
const promises = async () => {
  const tenant = world.directory.tenant(acme);
  if (tenant === undefined) throw new Error('no tenant');
  const now = world.clock.now();
  const wanted = { since: 0, until: now, thresholdsMs: [] };
  return (await readQueueStatistics(world.store, tenant, as('support'), wanted, now))?.promises;
};

describe('a promise to the customer', () => {
  it('that runs out is told before and when it is broken, to supervisors too, and the session moves up', async () => {
    await open({ agents: ['anna'], supervisors: ['anna'], serviceLevels });
    await world.desk('anna').says('!break');
    const cora = world.customer();
    await cora.says('Hello');
    await world.pass(15 * minute, () => {
      expect(told('The customer is promised a first answer within 5 min.')).toHaveLength(2);
    });
    const [entry] = await world.store.find(acme, queueEntries, { index: 'byState', equals: ['waiting'] });
    expect(entry?.value.priority).toBe(5);
    await world.pass(5 * minute, () => {
      expect(told('The customer was promised a first answer by now, and has none.')).toHaveLength(2);
    });
    expect(await promises()).toMatchObject({ firstAnswer: { kept: 0, of: 1, share: 0 } });
    expect(world.promisesEnded).toEqual(['acme support firstAnswer broken']);
  });

  it('is kept by an agent’s word, and counted', async () => {
    await open({ agents: ['anna'], serviceLevels });
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!status');
    expect(told('Promised: a first answer within 20 min.')).toHaveLength(1);
    await world.anna(cora.conversation).says('Good morning');
    await world.pass(hour, () => undefined);
    expect(told('promised')).toEqual([]);
    expect(await promises()).toMatchObject({ firstAnswer: { kept: 1, of: 1 }, nextAnswer: { of: 0 } });
    expect(world.promisesEnded).toEqual(['acme support firstAnswer kept']);
  });

  it('of a next answer begins with the customer’s next word, and of a solution ends with the session', async () => {
    await open({
      agents: ['anna'],
      serviceLevels: { nextAnswerMs: 10 * minute, solutionMs: 4 * hour, warnAt: 0.5, raisePriority: 0 },
    });
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await anna.says('Good morning');
    await world.pass(30 * minute, () => undefined);
    expect(told('promised an answer')).toEqual([]);
    await cora.says('And now?');
    await world.pass(5 * minute, () => {
      expect(told('The customer is promised an answer within 5 min.').length).toBeGreaterThan(0);
    });
    await anna.says('A moment');
    await cora.says('Thank you');
    await anna.says('Done');
    await anna.says('!close');
    expect(await promises()).toMatchObject({
      nextAnswer: { kept: 2, of: 2 },
      solution: { kept: 1, of: 1 },
    });
    const [closed] = await world.store.find(acme, sessions, { index: 'byState', equals: ['closed'] });
    expect(closed?.value.promises?.open).toEqual({});
  });

  it('counts open time: what is asked in the evening is due in the morning', async () => {
    await open({
      agents: ['anna'],
      supervisors: ['anna'],
      calendars,
      queue: { calendar: 'office' },
      serviceLevels,
    });
    world.clock.advance(4 * hour - 10 * minute);
    await world.desk('anna').says('!break');
    await world.customer().says('Hello');
    await world.pass(16 * hour, () => undefined);
    expect(told('promised')).toEqual([]);
    // Ten minutes of the evening, and ten of the morning.
    await world.pass(15 * minute, () => {
      expect(told('is promised a first answer within 5 min').length).toBeGreaterThan(0);
    });
    await world.pass(5 * minute, () => {
      expect(told('was promised a first answer').length).toBeGreaterThan(0);
    });
  });
});
