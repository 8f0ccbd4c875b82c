import { EventSource } from 'eventsource';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { eventLog, readEvents } from '../../src/sessions/events/event-log.ts';
import { remove } from '../../src/store/store.ts';
import { acme } from '../sessions/world.ts';
import { openStreamServer, operatorToken, type StreamServer } from './stream-server.ts';

let server: StreamServer;
const sources: EventSource[] = [];
beforeEach(async () => {
  server = await openStreamServer();
});
afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  await server.close();
});

interface Event {
  readonly id: string;
  readonly type: string;
  readonly position: number;
}

/** A client as any browser has it; comes again by itself, with the id of the last event. */
function listen(query = '', replica = 0, token = operatorToken) {
  const got: Event[] = [];
  const source = new EventSource(`${server.base(replica)}acme/events${query}`, {
    fetch: async (url, init) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
  });
  sources.push(source);
  for (const type of [
    'session.opened',
    'message.received',
    'session.queued',
    'session.offered',
    'stream.gap',
  ])
    source.addEventListener(type, ({ data }) => {
      got.push(JSON.parse(data as string) as Event);
    });
  return { source, got, positions: () => got.map(({ position }) => position) };
}
const opened = async ({ source }: { source: EventSource }): Promise<void> =>
  vi.waitFor(() => {
    expect(source.readyState).toBe(EventSource.OPEN);
  });
const counted = (upTo: number): number[] => Array.from({ length: upTo }, (_, index) => index + 1);

describe('the stream of events', () => {
  it('gives what happens from now on, as it happens', async () => {
    await server.world.customer('cora').says('Hello');
    const crm = listen();
    await opened(crm);
    await server.world.customer('dan').says('Hello');
    await vi.waitFor(() => {
      server.world.clock.advance(250);
      expect(crm.positions()).toEqual([5, 6, 7, 8]);
    });
    expect(crm.got[0]).toMatchObject({ type: 'session.opened', tenant: 'acme' });
  });

  it('gives only the types that are asked for, from the beginning where that is asked for', async () => {
    await server.world.customer('cora').says('Hello');
    const crm = listen('?after=0&types=session.opened,session.queued');
    await vi.waitFor(() => expect(crm.positions()).toEqual([1, 3]));
  });

  it('misses none and doubles none, however often it breaks and whichever replica it meets', async () => {
    await server.addReplica();
    const seen: number[] = [];
    let last = '0';
    const time = setInterval(() => server.world.clock.advance(250), 5);
    onTestFinished(() => clearInterval(time));
    for (let round = 0; round < 12; round += 1) {
      const controller = new AbortController();
      const answer = await fetch(`${server.base(round % 2)}acme/events`, {
        headers: { authorization: `Bearer ${operatorToken}`, 'last-event-id': last },
        signal: controller.signal,
      });
      await server.world.customer(`customer ${String(round)}`).says('Hello');
      // Cut after some events, wherever that falls.
      const reader = answer.body?.getReader();
      let text = '';
      while ((text.match(/\ndata: /g) ?? []).length < 1 + (round % 4)) {
        const { value } = (await reader?.read()) as { readonly value?: Uint8Array };
        if (value === undefined) throw new Error('the stream ended by itself');
        text += Buffer.from(value).toString();
      }
      controller.abort();
      const whole = text.split('\n\n').slice(0, -1);
      for (const frame of whole) {
        const id = /^id: (\d+)$/m.exec(frame)?.[1];
        if (id === undefined || !frame.includes('\ndata: ')) continue;
        seen.push(Number(id));
        last = id;
      }
    }
    const rest = listen(`?after=${last}`, 1);
    clearInterval(time);
    await vi.waitFor(async () => {
      server.world.clock.advance(250);
      const all = (await readEvents(server.world.store, acme, 0, 1000)).length;
      expect([...seen, ...rest.positions()]).toEqual(counted(all));
    });
  });

  it('is told its place before anything comes, so that who is cut off then misses nothing', async () => {
    await server.world.customer('cora').says('Hello');
    const answer = await server.raw('acme/events');
    const reader = answer.body?.getReader();
    const first = Buffer.from((await reader?.read())?.value ?? []).toString();
    await reader?.cancel();
    await server.world.customer('dan').says('Hello');
    expect(first).toBe('retry: 2000\nid: 4\n\n');
    const again = listen('?after=4');
    await vi.waitFor(() => expect(again.positions()).toEqual([5, 6, 7, 8]));
  });

  it('is told its place where nothing came that it asked for', async () => {
    const answer = await server.raw('acme/events?types=session.closed');
    const reader = answer.body?.getReader();
    const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await read()).toBe('retry: 2000\nid: 0\n\n');
    await server.world.customer('cora').says('Hello');
    let text = '';
    const beat = read().then((more) => (text += more));
    await vi.waitFor(() => {
      server.world.clock.advance(1000);
      expect(text).toBe('id: 4\n:\n\n');
    });
    await beat;
    await reader?.cancel();
  });

  it('tells of what is no longer kept', async () => {
    await server.world.customer('cora').says('Hello');
    const events = await readEvents(server.world.store, acme, 0, 2);
    await server.world.store.commit(
      acme,
      events.map(({ id }) => remove(eventLog, id, 'any')),
    );
    const crm = listen('?after=0');
    await vi.waitFor(() => expect(crm.got).toHaveLength(3));
    expect(crm.got[0]).toEqual({ after: 0, next: 3 });
    expect(crm.positions().slice(1)).toEqual([3, 4]);
  });

  it('beats, so that nobody takes it for dead', async () => {
    const answer = await server.raw('acme/events');
    const reader = answer.body?.getReader();
    const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(await read()).toBe('retry: 2000\nid: 0\n\n');
    let text = '';
    const beat = read().then((more) => (text += more));
    await vi.waitFor(() => {
      server.world.clock.advance(1000);
      expect(text).toBe(':\n\n');
    });
    await beat;
    await reader?.cancel();
  });

  it('is there so often for each key, and no more', async () => {
    await server.close();
    server = await openStreamServer(3);
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await server.raw('acme/events'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.headers.get('retry-after')).toBe('30');
    for (const { body } of answers) await body?.cancel();
    await vi.waitFor(async () => {
      const again = await server.raw('acme/events');
      await again.body?.cancel();
      expect(again.status).toBe(200);
    });
  });

  it.each(['?types=everything', '?after=-1', '?after=x'])('is refused with %s', async (query) => {
    const answer = await server.raw(`acme/events${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ path: query.slice(1).split('=')[0] }] });
  });
});
