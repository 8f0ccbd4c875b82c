/**
 * What Switchboard is compared with: a bare `node:http` server that verifies each webhook's HMAC and stores the body, those that come
 * meanwhile together, before it answers. Nothing else. A process of its own:
 *
 *     node bench/rig/bare-webhooks.ts PORT postgres URL | file PATH
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import pg from 'pg';
import { secret } from './customers.ts';
import { readAll } from './lean-homeserver.ts';

type Row = readonly [id: string, body: string];

const [port = '', kind = '', where = ''] = process.argv.slice(2);
const store = kind === 'postgres' ? await intoPostgres(where) : await intoFile(where);

async function intoPostgres(url: string): Promise<(rows: readonly Row[]) => Promise<unknown>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, body jsonb NOT NULL)');
  return async (rows) =>
    client.query({
      name: 'insert',
      text: 'INSERT INTO bare SELECT * FROM unnest($1::text[], $2::jsonb[]) ON CONFLICT DO NOTHING',
      values: [rows.map(([id]) => id), rows.map(([, body]) => body)],
    });
}

async function intoFile(path: string): Promise<(rows: readonly Row[]) => Promise<unknown>> {
  const file = await open(path, 'a');
  return async (rows) => {
    await file.appendFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await file.datasync();
  };
}

let waiting: { readonly row: Row; readonly done: () => void }[] = [];
let storing = false;

async function storeAll(): Promise<void> {
  storing = true;
  while (waiting.length > 0) {
    const group = waiting;
    waiting = [];
    await store(group.map(({ row }) => row));
    for (const { done } of group) done();
  }
  storing = false;
}

const server = createServer((request, response) => {
  readAll(request, (body) => {
    const expected = createHmac('sha256', secret)
      .update(`POST\n${request.url ?? ''}\n`)
      .update(body)
      .digest();
    const given = Buffer.from(String(request.headers['x-loopback-signature']), 'hex');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      response.writeHead(401).end();
      return;
    }
    const text = body.toString();
    const { id } = JSON.parse(text) as { readonly id: string };
    waiting.push({ row: [id, text], done: () => response.writeHead(200, { 'content-length': 0 }).end() });
    if (!storing) void storeAll();
  });
});
server.keepAliveTimeout = 120_000;
server.listen(Number(port), '127.0.0.1', () => process.send?.('listening'));
process.once('disconnect', () => process.exit());
