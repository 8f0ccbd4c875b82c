import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ensurePostgres } from '../../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../../dev/postgres/start-postgres.ts';
import { conversationOf } from '../../../src/directory/contact.ts';
import { createGuardedFetch } from '../../../src/media/guarded-fetch.ts';
import { as, type ConversationId } from '../../../src/platform/ids.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { KeyRing } from '../../../src/secrets/key-ring.ts';
import { SecretBox } from '../../../src/secrets/secret-box.ts';
import { makeSecretKey, readSecretKey } from '../../../src/secrets/secret-key.ts';
import { readEvents, readHead } from '../../../src/sessions/events/event-log.ts';
import { EventUse } from '../../../src/sessions/events/event-use.ts';
import { createHookDesk } from '../../../src/sessions/events/hook-desk.ts';
import { acme } from '../world.ts';
import { operatorToken, startEventReplica, type EventReplica } from './event-replica.ts';
import { startReceiver } from './receiver.ts';

const programs = await ensurePostgres();
const customers = ['ada', 'bea', 'cora', 'dan', 'eli', 'fay'];
const words = 10;
/** Opened, queued, and what was said. */
const total = customers.length * (words + 2);

describe.skipIf('unavailable' in programs)('events, with two replicas on one PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  /** Two replicas, a webhook that both send to, and who is sending what. */
  async function open() {
    const place = await server.createDatabase();
    const key = readSecretKey('first', makeSecretKey());
    if (key === undefined) throw new Error('no key was made');
    const box = new SecretBox(new KeyRing({ read: () => ({ first: key, all: [key] }), cure: 'none' }));
    const fetch = createGuardedFetch({ allowHttp: true, logger: silentLogger });
    const receiver = await startReceiver();
    const underWay = new Map<string, number>();
    const replicas: EventReplica[] = [];
    for (let replica = 0; replica < 2; replica += 1)
      replicas.push(
        await startEventReplica({
          place,
          box,
          fetch,
          trustedOrigins: [receiver.origin],
          sending: (event) => underWay.set(event, replica),
          sent: (event) => underWay.delete(event),
        }),
      );
    onTestFinished(async () => {
      for (const replica of replicas) await replica.stop();
      await fetch.close();
      await receiver.stop();
      await server.dropDatabase(place);
    });
    const [first, second] = replicas as [EventReplica, EventReplica];
    const use = new EventUse({ store: first.store, clock: first.clock, logger: silentLogger, alone: true });
    const desk = createHookDesk({
      store: first.store,
      clock: first.clock,
      box,
      use,
      accept: first.delivery.accept,
    });
    await desk.create(acme, { url: receiver.url, types: [], enabled: true }, () => []);
    return { replicas: [first, second] as const, receiver, underWay };
  }

  /** Says these words, one after the other, each to either replica and again until one takes it. */
  async function talk(
    replicas: readonly EventReplica[],
    customer: string,
    begin = 0,
    end = words,
  ): Promise<void> {
    const from = { id: as<never>(customer) };
    const line = as<never>('front');
    for (let n = begin; n < end; n += 1) {
      const name = `${customer} ${String(n)}`;
      const id = as<never>(name);
      const message = { content: { kind: 'text' as const, text: `word ${String(n)}` } };
      const event = { kind: 'message' as const, id, from, at: Date.now(), message };
      const entry = {
        id: as<never>(`ch:front:message:${name}`),
        key: conversationOf(acme, line, from),
        event: { type: 'channel' as const, line, event },
      };
      for (let attempt = n; ; attempt += 1) {
        const replica = replicas[attempt % replicas.length];
        const taken = replica?.delivery.accept(acme, [entry]).then(
          () => true,
          () => false,
        );
        if ((await Promise.race([taken, sleep(1000, false)])) === true) break;
      }
    }
  }

  it('reach a webhook in the order of each conversation, none lost, and none twice but what was under way when its sender was killed', async () => {
    const { replicas, receiver, underWay } = await open();
    const cut = new Set<string>();
    const refused = new Set<string>();
    receiver.program.answer = ({ event }) => {
      // What comes after it in its conversation has to wait for it.
      if (event.position % 5 === 0 && !refused.has(event.id)) {
        refused.add(event.id);
        return 503;
      }
      // It has the event, and whoever sent it never hears so.
      if (cut.size === 0 && receiver.received.length >= total / 3) {
        const sender = underWay.get(event.id) ?? 0;
        for (const [id, replica] of underWay) if (replica === sender) cut.add(id);
        replicas[sender]?.kill();
      }
      return 204;
    };
    await Promise.all(customers.map(async (customer) => talk(replicas, customer)));
    const ids = (): string[] => receiver.received.map(({ id }) => id);
    await vi.waitFor(() => expect(new Set(ids()).size).toBe(total), { timeout: 60_000, interval: 50 });
    expect(cut.size).toBeGreaterThan(0);
    const survivor = replicas.find(({ process }) => process.state === 'running');
    const logged = await readEvents(survivor?.store ?? replicas[0].store, acme, 0, 1000);
    expect(logged.map(({ position }) => position)).toEqual(
      Array.from({ length: total }, (_, index) => index + 1),
    );
    const twice = ids().filter((id, index) => ids().indexOf(id) !== index);
    expect(twice.filter((id) => !cut.has(id))).toEqual([]);
    expect(new Set(twice).size).toBe(twice.length);
    for (const customer of customers) {
      const conversation: ConversationId = conversationOf(acme, as('front'), { id: as(customer) });
      const positions = receiver.received
        .filter(({ event, id }, index) => event.conversation === conversation && ids().indexOf(id) === index)
        .map(({ event }) => event.position);
      expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      expect(positions).toHaveLength(words + 2);
    }
  });

  it('miss nobody who reads the stream and comes again at the other replica', async () => {
    const { replicas } = await open();
    const [first, second] = replicas;
    const seen: number[] = [];
    const read = async (replica: EventReplica, enough: number): Promise<void> => {
      const controller = new AbortController();
      const last = String(seen.at(-1) ?? 0);
      const answer = await fetch(replica.stream, {
        headers: { authorization: `Bearer ${operatorToken}`, 'last-event-id': last },
        signal: controller.signal,
      });
      let rest = '';
      try {
        for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
          const frames = (rest + Buffer.from(chunk).toString()).split('\n\n');
          rest = frames.pop() ?? '';
          for (const frame of frames) {
            const id = /^id: (\d+)$/m.exec(frame)?.[1];
            if (id !== undefined && frame.includes('\ndata: ')) seen.push(Number(id));
          }
          if (seen.length >= enough) return;
        }
      } finally {
        controller.abort();
      }
    };
    const half = words / 2;
    const firstHalf = Promise.all(customers.map(async (customer) => talk(replicas, customer, 0, half)));
    const broken = read(first, total).catch(() => undefined);
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(10), { timeout: 60_000, interval: 5 });
    first.kill();
    await Promise.all([broken, firstHalf]);
    // What happens while nobody reads is not missed either.
    const secondHalf = Promise.all(customers.map(async (customer) => talk(replicas, customer, half)));
    const behind = (seen.at(-1) ?? 0) + 5;
    await vi.waitFor(async () => expect(await readHead(second.store, acme)).toBeGreaterThanOrEqual(behind), {
      timeout: 60_000,
      interval: 50,
    });
    await read(second, total);
    await secondHalf;
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });
});
