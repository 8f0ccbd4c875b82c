import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  json,
  openApplicationServer,
  xml,
  type ApplicationServer,
  type Asked,
} from '../fixtures/application-server.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

let application: ApplicationServer;
let server: RoutingServer;
beforeEach(async () => {
  application = await openApplicationServer((asked, response, request) => {
    if (asked.path === '/start') json([{ do: 'enqueue', action: '/after' }])(asked, response, request);
    else if (asked.path === '/vip')
      xml('<Response><Say>This way.</Say><Hangup/></Response>')(asked, response, request);
    else json([])(asked, response, request);
  });
  server = await openRoutingServer({
    agents: ['anna'],
    capacity: 1,
    applications: [
      {
        id: 'ivr',
        url: `${application.origin}/start`,
        method: 'POST',
        format: 'form',
        secrets: [],
        timeoutMs: 20_000,
        retries: 0,
        waitFloorMs: 60_000,
      },
    ],
    services: { front: { kind: 'application', application: 'ivr' } },
    service: 'front',
  });
  for (const name of ['busy', 'cora', 'dan']) {
    await server.world.customer(name).says('Hello');
    server.world.clock.advance(1000);
  }
  await server.world.anna(server.world.customer('busy').conversation).joins();
});
afterEach(async () => {
  await server.close();
  await application.close();
});

const front = 'acme/queues/support/members/front';
const asked = (path: string): Asked[] => application.seen.filter((one) => one.path === path);
const size = async (): Promise<unknown> => (await server.get('acme/queues/support')).body['currentSize'];

describe('a member of a queue is taken out', () => {
  it('to a URL of an application, the first of them, by the method that is said', async () => {
    const { status, body } = await server.post('acme/queues/support/members/Front', {
      url: `${application.origin}/vip`,
      method: 'GET',
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({ queue: 'support', position: 1 });
    expect(server.world.customer('cora').saw()).toEqual(['Acme: This way.']);
    expect(asked('/vip')).toMatchObject([{ method: 'GET' }]);
    expect(asked('/after').map(({ parameters }) => parameters)).toMatchObject([
      { From: 'cora', QueueResult: 'redirected', QueueSid: 'support', QueueTime: '2' },
    ]);
    expect(await size()).toBe(1);
  });

  it('to instructions, whichever it is; what runs out leads to an agent', async () => {
    const { members } = (await server.get('acme/queues/support/members')).body as unknown as {
      members: { session: string }[];
    };
    const { status } = await server.post(`acme/queues/support/members/${String(members[1]?.session)}`, {
      instructions: [{ do: 'say', text: 'One moment.' }],
    });
    expect(status).toBe(202);
    expect(server.world.customer('dan').saw()).toEqual(['Acme: One moment.']);
    expect(await size()).toBe(2);
  });

  it('once, however often the request comes with its key', async () => {
    const body = { instructions: [{ do: 'say', text: 'One moment.' }, { do: 'end' }] };
    const headers = { 'idempotency-key': 'once' };
    expect((await server.post(front, body, headers)).status).toBe(202);
    expect((await server.post(front, body, headers)).headers.get('idempotency-replayed')).toBe('true');
    expect(await size()).toBe(1);
  });

  it.each([
    [{ url: 'https://elsewhere.example/x' }, 'url'],
    [{ url: 'ivr' }, 'url'],
    [{ instructions: [{ do: 'dance' }] }, 'instructions'],
    [{ instructions: [{ do: 'redirect', url: '/relative' }] }, 'instructions'],
    [{ instructions: [] }, ''],
    [{ url: 'https://a.example', instructions: [{ do: 'end' }] }, ''],
    ['x', ''],
  ])('not to %j', async (body, path) => {
    const answer = await server.post(front, body);
    expect(answer.status).toBe(422);
    if (path !== '') expect(answer.body['errors']).toMatchObject([{ path }]);
    expect(await size()).toBe(2);
  });

  it('not where there is none', async () => {
    const body = { instructions: [{ do: 'end' }] };
    expect((await server.post('acme/queues/support/members/nobody', body)).status).toBe(404);
    expect((await server.post('acme/queues/sales/members/front', body)).status).toBe(404);
    expect((await server.post('bolt/queues/bolt-support/members/front', body)).status).toBe(404);
  });
});
