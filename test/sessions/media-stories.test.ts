import { afterEach, describe, expect, it } from 'vitest';
import { as, type AgentId, type SessionId } from '../../src/platform/ids.ts';
import type { Content } from '../../src/message/message.ts';
import { queueEntries, type QueueEntry } from '../../src/queues/queue-entry.ts';
import { sessions } from '../../src/sessions/session.ts';
import { put } from '../../src/store/store.ts';
import { acme, openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
async function open(options: WorldOptions = {}): Promise<World> {
  world = await openWorld(options);
  return world;
}
afterEach(async () => world.close());

const minute = 60_000;
const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));
const notices = (): string[] => world.room().filter((line) => line.startsWith('notice'));
const nobodyForVideo =
  'notice: Nobody is asked: no agent of the queue Support handles the medium video. The session waits; an agent who handles it can write !take.';

function file(kind: 'image' | 'video'): { readonly content: Content } {
  const mimeType = `${kind}/x`;
  const source = { type: 'url', url: `https://files.example/${kind}` } as const;
  return { content: { kind, media: { source, mimeType } } };
}

describe('the media that an agent handles', () => {
  it('decide who is asked, with the first word already', async () => {
    await open({ media: { anna: ['text'] } });
    await world.customer('cora').does(file('image'));
    expect(invitations()).toEqual(['invite @ben:example.org']);
    await world.customer('dan').says('Hello');
    expect(invitations()).toContain('invite @anna:example.org');
  });

  it('are told with the offer, and by !why', async () => {
    await open({ media: { anna: ['text', 'image'] }, agents: ['anna'] });
    const cora = world.customer();
    await cora.does(file('image'));
    expect(world.reasons()).toEqual([
      'Loopback session for Acme (Support), waiting 0 s, with image. Join to take it, decline to pass it on.',
    ]);
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!why');
    expect(notices().at(-1)).toContain(
      'The session is yours: handles image; longest idle of 1 who could; waited 0 s.',
    );
  });

  it('take an offer back when something else comes, and others are asked', async () => {
    await open({ media: { anna: ['text'] } });
    const cora = world.customer();
    await cora.says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    await cora.does(file('video'));
    expect(world.room()).toContain('remove @anna:example.org');
    expect(invitations()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
    await world.anna(cora.conversation).says('!accept');
    expect(notices().at(-1)).toBe('notice: Nothing is offered to you here.');
    await world.ben(cora.conversation).joins();
    await world.ben(cora.conversation).says('Nice film');
    expect(cora.saw()).toEqual(['Ben: Nice film']);
  });

  it('count at the desk, too', async () => {
    await open({ media: { anna: ['text'] }, availability: { offersAtDesk: true }, agents: ['anna'] });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.does(file('video'));
    expect(world.room()).toContain(
      'bot: (corrects) Loopback session for Acme (Support), waiting 0 s, with video. It is no longer offered.',
    );
    await world.desk('anna').says('!accept');
    expect(notices().at(-1)).toBe('notice: Nothing is offered to you.');
  });

  it('count for an offer that is still on its way when something else comes', async () => {
    await open({ media: { anna: ['text'] }, policy: { manual: true } });
    const cora = world.customer();
    await cora.says('Hello');
    const waiting = { index: 'byState', equals: ['waiting'] } as const;
    const [entry] = await world.store.find(acme, queueEntries, waiting);
    if (entry === undefined) throw new Error('it waits');
    const agent = as<AgentId>('anna');
    const offered: QueueEntry = { ...entry.value, state: 'offered', agent };
    await world.store.commit(acme, [put(queueEntries, entry.id, offered, entry.version)]);
    await cora.does(file('video'));
    const news = { what: 'offer', session: as<SessionId>(entry.id), agent, why: 'by the test' } as const;
    await world.delivery.accept(acme, [
      { id: as('offer of the test'), key: cora.conversation, event: { type: 'queue', news } },
    ]);
    await world.delivery.idle();
    expect(invitations()).toEqual([]);
    const [after] = await world.store.find(acme, queueEntries, waiting);
    expect(after?.value).toMatchObject({ media: ['text', 'video'], declined: ['anna'] });
  });

  it('take nothing from who talks to the customer: the room is told, once, and how to pass it on', async () => {
    await open({ media: { anna: ['text'] } });
    const cora = world.customer();
    await cora.says('Hello');
    const anna = world.anna(cora.conversation);
    await anna.joins();
    await cora.does(file('video'));
    await cora.does(file('video'));
    await anna.says('I see');
    expect(cora.saw()).toEqual(['Anna: I see']);
    expect(notices()).toEqual([
      'notice: The customer sent video, which is outside of Anna’s media. Leave the room to pass the session on: it goes back to its queue.',
    ]);
    await anna.leaves();
    expect(invitations()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
  });

  it('shut out of !take and !pull, which say why', async () => {
    await open({ media: { anna: ['text'] }, networks: { ben: ['sms'] } });
    const cora = world.customer();
    await cora.does(file('video'));
    expect(invitations()).toEqual([]);
    await world.anna(cora.conversation).says('!take');
    expect(notices().at(-1)).toBe('notice: You do not handle the medium video: it is for somebody who does.');
    await world.ben(cora.conversation).says('!take');
    expect(notices().at(-1)).toBe('notice: You do not handle loopback: it is for somebody who does.');
    await world.desk('anna').says('!pull');
    expect(notices().at(-1)).toBe(
      'notice: Nothing waits that you could take now. Of 1 waiting, what keeps you from the first: does not handle the medium video.',
    );
    await world.anna(cora.conversation).says('!why');
    expect(notices().at(-1)).toContain('You are not asked: does not handle the medium video.');
    expect(world.sessionLog).toEqual([]);
  });

  it('are kept on the session and on what waits, each once, and a session of before has none', async () => {
    await open({ agents: ['anna'], policy: { manual: true } });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.does(file('image'));
    await cora.says('Look');
    const [entry] = await world.store.find(acme, queueEntries, { index: 'byState', equals: ['waiting'] });
    expect(entry?.value.media).toEqual(['text', 'image']);
    const [session] = await world.store.find(acme, sessions, { index: 'byState', equals: ['waiting'] });
    expect(session?.value.media).toEqual(['text', 'image']);
    if (entry === undefined || session === undefined) throw new Error('it waits');
    const { media: _, ...earlier } = session.value;
    const { media: __, ...waiting } = entry.value;
    await world.store.commit(acme, [
      put(sessions, session.id, earlier, session.version),
      put(queueEntries, entry.id, waiting, entry.version),
    ]);
    await cora.does(file('video'));
    const [after] = await world.store.find(acme, queueEntries, { index: 'byState', equals: ['waiting'] });
    expect(after?.value.media).toEqual(['video']);
  });
});

describe('what nobody of the queue handles', () => {
  it('waits, and the room, !status and !why say the reason', async () => {
    await open({ media: { anna: ['text'], ben: ['text', 'image'] } });
    const cora = world.customer();
    await cora.does(file('video'));
    await cora.says('Did you get it?');
    expect(notices()).toEqual([nobodyForVideo]);
    expect(invitations()).toEqual([]);
    const anna = world.anna(cora.conversation);
    await anna.says('!status');
    expect(notices().at(-1)).toContain('waiting: no agent of the queue Support handles the medium video.');
    await anna.says('!why');
    expect(notices().at(-1)).toContain(
      'Nobody is asked: no agent of the queue Support handles the medium video.',
    );
    world.reconfigure({ media: { anna: ['text'] } });
    await world.desk('ben').says('!available');
    expect(invitations()).toEqual(['invite @ben:example.org']);
  });

  it('is told when it comes while the session waits, and when no single agent handles all of it', async () => {
    await open({ media: { anna: ['text', 'video'], ben: ['text', 'image'] } });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.does(file('image'));
    expect(invitations()).toEqual(['invite @anna:example.org', 'invite @ben:example.org']);
    await cora.does(file('video'));
    expect(world.room()).toContain('remove @ben:example.org');
    expect(notices()).toEqual([
      'notice: Nobody is asked: no agent of the queue Support handles loopback with the media text, image, video together. The session waits; an agent who handles it can write !take.',
    ]);
  });

  it('goes on by rings and by overflow, as ever', async () => {
    const rings = [{ afterMs: minute, agents: [as<AgentId>('ben')], dropSkills: [] }];
    await open({ media: { anna: ['text'] }, policy: { members: [as<AgentId>('anna')], rings } });
    await world.customer().does(file('video'));
    // Somebody will be asked: nothing is to be told.
    expect(notices()).toEqual([]);
    await world.pass(minute, () => {
      expect(invitations()).toEqual(['invite @ben:example.org']);
    });
    await world.close();
    await open({
      media: { anna: ['text'] },
      policy: { members: [as<AgentId>('anna')] },
      moreQueues: { films: { members: ['ben'] } },
      rules: [{ name: 'Late', overflow: [{ queue: 'films', afterSeconds: 60 }] }],
    });
    await world.customer().does(file('video'));
    expect(notices()).toEqual([nobodyForVideo]);
    await world.pass(minute, () => {
      expect(invitations()).toEqual(['invite @ben:example.org']);
    });
  });
});

it('a rule may ask what the customer sent', async () => {
  await open({
    moreQueues: { films: { members: ['ben'] } },
    policy: { members: [as<AgentId>('anna')] },
    rules: [{ name: 'Films', when: '"video" in media', queue: 'films' }],
  });
  await world.customer('cora').does(file('video'));
  expect(invitations()).toEqual(['invite @ben:example.org']);
  await world.customer('dan').says('Hello');
  expect(invitations()).toEqual(['invite @ben:example.org', 'invite @anna:example.org']);
});
