import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { quarantineRoutes } from '../../src/api/quarantine-routes.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { createDelivery, type Delivery } from '../../src/delivery/delivery-engine.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { runQuarantineCommand } from '../../src/quarantine-command.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import type { Store } from '../../src/store/store.ts';
import { serveHttp, type ServedHttp } from './serve-http.ts';

interface Said {
  readonly type: string;
  readonly text: string;
}

const acme = as<TenantId>('acme');
const operatorToken = 'the-token-of-the-operator';
const poison = as<never>('ch:line:message:poison');

let directory: string;
let store: Store;
let delivery: Delivery<Said, never>;
let server: ServedHttp;
let base: string;
let cured: boolean;
let handled: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-quarantine-'));
  store = await openNedbStore({ directory, fsync: false, clock: systemClock, logger: silentLogger });
  cured = false;
  handled = [];
  delivery = createDelivery<Said, never>({
    store,
    clock: systemClock,
    logger: silentLogger,
    decide: async (_tenant, { event }) => {
      if (event.text === 'poison' && !cured) throw new Error('cannot make sense of it');
      handled.push(event.text);
      return { writes: [], deliveries: [], timers: [] };
    },
    transport: async () => ({}),
    resendPolicy: async () => 'safe',
    resultEvent: () => ({ type: 'delivery', text: '' }),
  });
  await delivery.start();
  server = await serveHttp({
    routers: [
      quarantineRoutes({
        quarantine: delivery.quarantine,
        guard: createOperatorGuard({
          hasTenant: (tenant) => tenant === acme,
          operatorToken,
          idempotency: createIdempotency({ store, now: () => Date.now() }),
          logger: silentLogger,
        }),
        logger: silentLogger,
      }),
    ],
  });
  base = `${server.url}/api/v1/tenants`;
  await delivery.accept(acme, [
    { id: poison, key: as('conversation'), event: { type: 'channel', text: 'poison' } },
    { id: as('ch:line:message:good'), key: as('conversation'), event: { type: 'channel', text: 'good' } },
  ]);
  await vi.waitFor(() => {
    expect(handled).toEqual(['good']);
  });
});
afterEach(async () => {
  await server.stop();
  await delivery.stop(1000);
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

async function ask(
  method: string,
  path: string,
  token = operatorToken,
): Promise<{ status: number; body: string }> {
  const answer = await fetch(base + path, { method, headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.text() };
}

describe('an operator', () => {
  it('lists what was set aside with its reason, without what was written, and looks into one', async () => {
    const { status, body } = await ask('GET', '/acme/quarantine');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      entries: [
        {
          id: poison,
          conversation: 'conversation',
          kind: 'channel',
          reason: expect.stringContaining('cannot make sense of it') as unknown,
        },
      ],
    });
    expect(body).not.toContain('"text"');
    expect((await ask('GET', `/acme/quarantine/${encodeURIComponent(poison)}`)).body).toContain(
      '"text":"poison"',
    );
  });

  it('puts an event back, and it is handled', async () => {
    cured = true;
    expect((await ask('POST', `/acme/quarantine/${encodeURIComponent(poison)}/put-back`)).status).toBe(204);
    await delivery.idle();
    expect(handled).toEqual(['good', 'poison']);
    expect((await ask('POST', `/acme/quarantine/${encodeURIComponent(poison)}/put-back`)).status).toBe(404);
    expect(JSON.parse((await ask('GET', '/acme/quarantine')).body)).toEqual({ entries: [] });
  });

  it('drops an event', async () => {
    expect((await ask('DELETE', `/acme/quarantine/${encodeURIComponent(poison)}`)).status).toBe(204);
    expect((await ask('GET', `/acme/quarantine/${encodeURIComponent(poison)}`)).status).toBe(404);
  });

  it('must show the token, and gets no tenant that does not exist', async () => {
    expect((await ask('GET', '/acme/quarantine', 'another token')).status).toBe(401);
    expect((await fetch(`${base}/acme/quarantine`)).status).toBe(401);
    expect((await ask('GET', '/other/quarantine')).status).toBe(404);
    expect((await ask('GET', '/%2e%2e/quarantine')).status).toBe(404);
  });
});

describe('the command line', () => {
  /** What it prints, on either stream, with its exit code in front. */
  async function command(action: string, entry?: string): Promise<string> {
    const file = join(directory, 'config.yaml');
    const { port } = new URL(base);
    writeFileSync(
      file,
      JSON.stringify({ homeservers: {}, http: { port: Number(port), operatorToken }, store: { directory } }),
    );
    const said: string[] = [];
    const hear = (text: unknown): void => void said.push(String(text));
    const spies = [
      vi.spyOn(console, 'log').mockImplementation(hear),
      vi.spyOn(console, 'error').mockImplementation(hear),
    ];
    const code = await runQuarantineCommand(loadConfig(file, {}), {
      quarantine: action,
      tenant: 'acme',
      ...(entry === undefined ? {} : { entry }),
    });
    for (const spy of spies) spy.mockRestore();
    return `${String(code)} ${said.join('\n')}`;
  }

  it('lists, shows and puts back: handled then, and gone from the list', async () => {
    expect(await command('list')).toMatch(
      /^0 \S+Z {2}ch:line:message:poison\n {2}conversation conversation, channel: Error: cannot make sense of it$/,
    );
    expect(await command('show', poison)).toContain('"text":"poison"');
    cured = true;
    expect(await command('put-back', poison)).toBe('0 Done.');
    await delivery.idle();
    expect(handled).toEqual(['good', 'poison']);
    expect(await command('list')).toBe('0 Nothing is in quarantine.');
    expect(await command('put-back', poison)).toMatch(/^1 404: /);
  });

  it('drops: never handled', async () => {
    expect(await command('drop', poison)).toBe('0 Done.');
    cured = true;
    await delivery.idle();
    expect(await command('list')).toBe('0 Nothing is in quarantine.');
    expect(handled).toEqual(['good']);
  });
});
