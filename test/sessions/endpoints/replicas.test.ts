import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ensurePostgres } from '../../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../../dev/postgres/start-postgres.ts';
import { agentWork } from '../../../src/directory/agent-work.ts';
import { conversationOf } from '../../../src/directory/contact.ts';
import { as, type AgentId, type LineId } from '../../../src/platform/ids.ts';
import { acme, phoneLine, tenantOf } from '../world.ts';
import { startEndpointReplica, type EndpointReplica } from './endpoint-replica.ts';

const programs = await ensurePostgres();
const number = '+15550001111';
const cora = '+15550002222';
const front = as<LineId>('front');
const words = Array.from({ length: 20 }, (_, n) => `word ${String(n)}`);

interface Sent {
  readonly to: string;
  readonly text: string;
  readonly delivery: string;
  /** Which replica sent it. */
  readonly by: number;
}

describe.skipIf('unavailable' in programs)('an agent by SMS, with two replicas on one PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  async function open(onSent: (sent: Sent) => void = () => undefined) {
    const place = await server.createDatabase();
    const sent: Sent[] = [];
    const underWay = new Map<string, number>();
    const room: string[] = [];
    const tenant = tenantOf({
      agents: ['anna'],
      phones: { anna: [number] },
      answersPerMinute: 0,
      onUnclear: 'resend',
      texts: { closed: 'Good bye.' },
    });
    const replicas: EndpointReplica[] = [];
    for (let by = 0; by < 2; by += 1)
      replicas.push(
        await startEndpointReplica({
          place,
          tenant,
          sent: ({ id: to }, { deliveryId: delivery, message: { content } }) => {
            const one = { to, text: content?.kind === 'text' ? content.text : '', delivery, by };
            underWay.set(delivery, by);
            sent.push(one);
            onSent(one);
          },
          heard: ({ deliveryId }) => underWay.delete(deliveryId),
          shown: (operation) => {
            if (operation.kind !== 'message' || operation.message.content?.kind !== 'text') return;
            const who = typeof operation.as === 'string' ? operation.as : operation.as.name;
            room.push(`${who}: ${operation.message.content.text}`);
          },
        }),
      );
    onTestFinished(async () => {
      for (const replica of replicas) await replica.stop();
      await server.dropDatabase(place);
    });
    const textsTo = (whom: string): string[] => sent.flatMap(({ to, text }) => (to === whom ? [text] : []));
    return {
      replicas: replicas as [EndpointReplica, EndpointReplica],
      sent,
      underWay,
      room,
      textsTo,
      /** A webhook: to this replica, and to the other one where this is gone or refuses it. */
      says: async (who: string, text: string, at: number): Promise<void> => {
        const [line, from] = [who === number ? phoneLine : front, { id: as<never>(who) }];
        const id = as<never>(`${who} ${text}`);
        const message = { content: { kind: 'text' as const, text } };
        const event = { kind: 'message' as const, id, from, at: Date.now(), message };
        const entry = {
          id: as<never>(`ch:${line}:message:${id as string}`),
          key: conversationOf(acme, line, from),
          event: { type: 'channel' as const, line, event },
        };
        for (let attempt = at; ; attempt += 1) {
          const { delivery, process } = replicas[attempt % 2]!;
          let taken: boolean | undefined;
          const answered = delivery.accept(acme, [entry]).then(
            () => (taken = true),
            () => (taken = false),
          );
          while (taken === undefined && process.state !== 'killed') await Promise.race([answered, sleep(20)]);
          if (taken === true) return;
        }
      },
      gets: async (whom: string, beginning: string): Promise<void> => {
        await vi.waitFor(
          () => expect(textsTo(whom).filter((text) => text.startsWith(beginning))).not.toEqual([]),
          { timeout: 60_000, interval: 20 },
        );
      },
    };
  }

  it('is asked once, answers at the other replica, and both ways go once and in order whichever takes them', async () => {
    const { says, gets, textsTo, room, sent, replicas } = await open();
    // Her endpoint is the second replica's from here on, the customer's conversation the first one's.
    await says(number, '!available', 1);
    await gets(number, 'You are available');
    await says(cora, 'Hello', 0);
    await gets(number, 'SMS session for Acme');
    // A network that heard no answer sends its webhook again, to whichever replica.
    await says(cora, 'Hello', 1);
    await Promise.all([says(number, '1', 1), says(number, '1', 0)]);
    await gets(number, 'The session is yours.');
    await bothTalk({ says, gets });
    await says(number, '!close', 0);
    await gets(cora, 'Good bye.');
    await gets(number, 'Session closed by Anna.');
    expect(textsTo(cora)).toEqual([...words, 'Good bye.']);
    expect(textsTo(number)).toEqual([
      expect.stringMatching('^You are available'),
      expect.stringContaining('writes: “Hello”'),
      expect.stringMatching('^The session is yours.'),
      ...words,
      'Session closed by Anna.',
    ]);
    expect(room.filter((line) => line.startsWith('contact: '))).toEqual(
      ['Hello', ...words].map((text) => `contact: ${text}`),
    );
    expect(room.filter((line) => line.startsWith('Anna (SMS): '))).toEqual(
      words.map((text) => `Anna (SMS): ${text}`),
    );
    // What is decided for one goes out to the other at the other replica.
    expect(new Set(sent.map(({ to, by }) => `${to} ${String(by)}`))).toEqual(
      new Set([`${number} 1`, `${cora} 0`]),
    );
    const work = await replicas[0].store.get(acme, agentWork, as<AgentId>('anna'));
    expect(work?.value.sessions).toEqual([]);
  });

  it('hears and says everything in order when a replica is killed, and nothing twice but what was under way there', async () => {
    const cut = new Set<string>();
    const world = await open(({ to, text, by }) => {
      if (cut.size > 0 || to !== number || text !== words[8]) return;
      for (const [delivery, of] of world.underWay) if (of === by) cut.add(delivery);
      world.replicas[by]?.process.kill();
    });
    const { says, gets, sent, room } = world;
    await says(number, '!available', 1);
    await gets(number, 'You are available');
    await says(cora, 'Hello', 0);
    await gets(number, 'SMS session for Acme');
    await says(number, '1', 0);
    await gets(number, 'The session is yours.');
    await bothTalk({ says, gets });
    expect(cut.size).toBeGreaterThan(0);
    const ids = sent.map(({ delivery }) => delivery);
    const again = ids.filter((id, at) => ids.indexOf(id) !== at);
    expect(again.filter((id) => !cut.has(id))).toEqual([]);
    for (const whom of [cora, number]) {
      const once = sent.filter(({ to, delivery }, at) => to === whom && ids.indexOf(delivery) === at);
      expect(once.map(({ text }) => text).filter((text) => text.startsWith('word '))).toEqual(words);
    }
    expect(new Set(room.filter((line) => line.startsWith('Anna (SMS): '))).size).toBe(words.length);
  });

  /** Each word at the other replica than the one before it, both sides at once. */
  async function bothTalk({ says, gets }: Pick<Awaited<ReturnType<typeof open>>, 'says' | 'gets'>) {
    const talk = async (who: string, first: number): Promise<void> => {
      for (const [n, word] of words.entries()) await says(who, word, first + n);
    };
    await Promise.all([talk(cora, 0), talk(number, 1)]);
    await gets(number, words.at(-1)!);
    await gets(cora, words.at(-1)!);
  }
});
