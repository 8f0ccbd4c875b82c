import { afterEach, describe, expect, it } from 'vitest';
import type { Receive, RunningServer } from './http-fixture.ts';
import { startServer } from './http-fixture.ts';
import { manualClock } from '../fixtures/manual-clock.ts';

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const clock = manualClock();
const taken: Receive = async () => ({ status: 200, body: 'taken' });
const unsigned: Receive = async () => ({ status: 403, body: 'unsigned' });
const rates = { perTenant: 2, perSource: 1, refusedPerSource: 0.5 };

/** Behind one reverse proxy that is believed, so that requests can come from anywhere. */
async function start(receive: Receive): Promise<void> {
  running = await startServer(receive, { trustedProxies: 1, rates, clock });
}

async function ask(source: string, path = '/channels/sms/acme/main', body?: string): Promise<Response> {
  return fetch(`${running?.url ?? ''}${path}`, {
    method: 'POST',
    headers: { 'x-forwarded-for': source },
    ...(body === undefined ? {} : { body }),
  });
}
async function statuses(times: number, source: (index: number) => string): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < times; index += 1) seen.push((await ask(source(index))).status);
  return seen;
}
const count = (seen: readonly number[], status: number): number =>
  seen.filter((each) => each === status).length;

describe('how much may be asked', () => {
  it('by one source: the rest gets 429 with when to come back, others go on, and so does it then', async () => {
    await start(taken);
    const seen = await statuses(12, () => '192.0.2.1');
    expect([count(seen, 200), count(seen, 429)]).toEqual([10, 2]);
    const refused = await ask('192.0.2.1', undefined, 'a body that nobody reads');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ status: 429, detail: 'Please come again in 1 s.' });
    expect((await ask('192.0.2.2')).status).toBe(200);
    clock.advance(1000);
    expect((await ask('192.0.2.1')).status).toBe(200);
    expect((await ask('192.0.2.1')).status).toBe(429);
  });

  it('by one IPv6 network, whatever address of it is used', async () => {
    await start(taken);
    const seen = await statuses(11, (index) => `2001:db8:1:2::${String(index)}`);
    expect(count(seen, 429)).toBe(1);
    expect((await ask('2001:db8:1:3::1')).status).toBe(200);
  });

  it('for one tenant, from however many sources', async () => {
    await start(taken);
    const seen = await statuses(21, (index) => `192.0.2.${String(index)}`);
    expect(seen.at(-1)).toBe(429);
    expect(count(seen, 200)).toBe(20);
  });

  it('by whoever is refused: soon nothing at all, and the tenant does not pay for it', async () => {
    await start(unsigned);
    const seen = await statuses(7, () => '192.0.2.1');
    expect(seen).toEqual([403, 403, 403, 403, 403, 429, 429]);
    const many = await statuses(30, (index) => `198.51.100.${String(index)}`);
    expect(count(many, 429)).toBe(0);
  });

  it('by operators and monitors on /health: as much as they like', async () => {
    await start(taken);
    await statuses(12, () => '192.0.2.1');
    const answer = await fetch(`${running?.url ?? ''}/health`, {
      headers: { 'x-forwarded-for': '192.0.2.1' },
    });
    expect(answer.status).toBe(200);
  });

  it('by a proxy on this machine that was not declared: no limit of its own, since behind it is everybody', async () => {
    running = await startServer(taken, { rates: { ...rates, perTenant: 1000 }, clock });
    const seen = await statuses(40, () => '192.0.2.1');
    expect(count(seen, 429)).toBe(0);
  });
});
