import { afterEach, expect, it } from 'vitest';
import { openWorld, type World } from './world.ts';

let world: World | undefined;
afterEach(() => world?.close());

const autoReply = 'I am on holiday.';

/** Anna's account is a bot that answers everything; so does the customer's phone. Gives how many of its answers the customer got. */
async function echo(
  { customer, anna, clock }: World,
  rounds: number,
  stepMs: number,
): Promise<{ answers: number; room: readonly string[] }> {
  const cora = customer();
  await cora.says('Hello');
  const bot = anna(cora.conversation);
  await bot.joins();
  let answers = 0;
  for (let round = 0; round < rounds; round += 1) {
    clock.advance(stepMs);
    const before = cora.saw().length;
    await bot.says(`You said something (${String(round)})`);
    if (cora.saw().length === before) break;
    answers += 1;
    await cora.says(autoReply);
  }
  return { answers, room: world?.room(cora.conversation) ?? [] };
}

const told = /^notice: Not sent to the customer: you and the customer take turns faster/;

it('stops two automatic answers after 20 turns within a minute, and tells the room once', async () => {
  world = await openWorld();
  const { answers, room } = await echo(world, 100, 10);
  expect(answers).toBe(20);
  expect(room.filter((line) => told.test(line))).toHaveLength(1);
  // What the customer said is never kept back.
  expect(room.filter((line) => line === `contact: ${autoReply}`)).toHaveLength(20);

  // Further words of the bot are not sent, and not answered: it would answer that.
  const cora = world.customer();
  const bot = world.anna(cora.conversation);
  const before = world.room(cora.conversation).length;
  await bot.says('Still there?');
  await bot.says('Still there?');
  expect(world.room(cora.conversation)).toHaveLength(before);
  expect(cora.saw().filter((line) => line.includes('Still'))).toEqual([]);
});

it('lets people go on in the next minute, and tells again when it happens again', async () => {
  world = await openWorld();
  await echo(world, 100, 10);
  world.clock.advance(61_000);
  const cora = world.customer();
  const bot = world.anna(cora.conversation);
  await bot.says('Here I am myself');
  expect(cora.saw()).toContain('Anna: Here I am myself');
  for (let round = 0; round < 25; round += 1) {
    await cora.says(autoReply);
    await bot.says('Again');
  }
  expect(cora.saw().filter((line) => line === 'Anna: Again')).toHaveLength(19);
  expect(world.room(cora.conversation).filter((line) => told.test(line))).toHaveLength(2);
});

it('lets people be: 19 turns a minute for an hour, and fifty lines in a row', async () => {
  world = await openWorld();
  const { answers } = await echo(world, 60, 3200);
  expect(answers).toBe(60);
  const cora = world.customer();
  const anna = world.anna(cora.conversation);
  for (let line = 0; line < 50; line += 1) await anna.says(`line ${String(line)}`);
  expect(cora.saw().filter((line) => line.includes('line '))).toHaveLength(50);
});

it('holds back our own texts in a loop, and tells the room once', async () => {
  world = await openWorld({
    texts: { greeting: 'Welcome', closed: 'Goodbye' },
    supervisors: ['anna'],
  });
  const cora = world.customer();
  const anna = world.anna(cora.conversation);
  for (let round = 0; round < 30; round += 1) {
    await cora.says(autoReply);
    await anna.says('!close');
  }
  const ours = cora.saw().filter((line) => line === 'Acme: Welcome');
  expect(ours).toHaveLength(20);
  const notices = world.room(cora.conversation).filter((line) => line.includes('Two automatic answers'));
  expect(notices).toHaveLength(1);
});

it('says no more to a bot in the room that answers what it is told', async () => {
  world = await openWorld();
  const cora = world.customer();
  await cora.says('Hello');
  const bot = world.eve(cora.conversation);
  for (let round = 0; round < 60; round += 1) await bot.says('I did not understand that');
  for (let round = 0; round < 60; round += 1) await bot.says('!nonsense');
  const notices = world.room(cora.conversation).filter((line) => line.startsWith('notice: '));
  expect(notices).toHaveLength(21);
  expect(notices.at(-1)).toMatch(/Somebody here writes faster than people do/);
  expect(cora.saw()).toEqual([]);
});

it('has no limit where the operator wants none', async () => {
  world = await openWorld({ answersPerMinute: 0 });
  expect((await echo(world, 50, 10)).answers).toBe(50);
});
