import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signatureHeader, sign } from '../../src/channels/loopback/signature.ts';
import { createGuardedFetch } from '../../src/media/guarded-fetch.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { openParser } from '../channels/xmpp/parse-stanza.ts';
import { eventOf, openEndpoint } from '../matrix/appservice/fixture.ts';
import { openLine } from './open-line.ts';
import { openOperatorApi } from './open-operator-api.ts';

const megabyte = 1024 * 1024;

/** What `act` adds to the process's memory, in MiB, and how long it took of the processor, in ms. */
function costOf(act: () => void): { memory: number; cpu: number } {
  const memoryBefore = process.memoryUsage().rss;
  const cpuBefore = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { memory: (process.memoryUsage().rss - memoryBefore) / megabyte, cpu: (user + system) / 1000 };
}

describe('XML bombs (security row S10)', () => {
  const laughs = Array.from({ length: 9 }, (_, at) => {
    const before = `&lol${String(at)};`.repeat(10);
    return `<!ENTITY lol${String(at + 1)} "${before}">`;
  }).join('');
  it.each([
    [
      'a billion laughs',
      `<!DOCTYPE lolz [<!ENTITY lol0 "lol">${laughs}]><message><body>&lol9;</body></message>`,
    ],
    [
      'a quadratic one',
      `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(50_000)}">]><message><body>${'&a;'.repeat(50_000)}</body></message>`,
    ],
    [
      'an external entity',
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><message><body>&e;</body></message>`,
    ],
    ['an external document type', `<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><message/>`],
    ['a parameter entity', `<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]><message/>`],
    ['entities without a type', `<message><body>${'&lol9;'.repeat(40_000)}</body></message>`],
  ])('%s ends the stream before anything is unfolded', (_name, xml) => {
    const { parser, stanzas } = openParser();
    let failure: unknown;
    parser.on('error', (error: unknown) => (failure = error));
    const { memory, cpu } = costOf(() => {
      try {
        for (let at = 0; at < xml.length; at += 16_384) parser.write(xml.slice(at, at + 16_384));
      } catch (error) {
        failure = error;
      }
    });
    expect(failure).toBeInstanceOf(Error);
    expect(stanzas).toEqual([]);
    // The rule says 10 ms and 20 MiB. Unfolded it would be 3 GB, or 2.5 GB; a busy machine gets some room.
    expect(memory).toBeLessThan(40);
    expect(cpu).toBeLessThan(200);
  });
});

describe('compressed bombs (security row S11)', () => {
  it('10 MB that unpack to 10 GB: reading stops at the limit', async () => {
    const member = gzipSync(Buffer.alloc(10 * megabyte), { level: 9 });
    const members = 1000;
    expect(member.length * members).toBeLessThan(12 * megabyte);
    let sent = 0;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'image/png' });
      const source = Readable.from(
        (function* () {
          for (; sent < members; sent += 1) yield member;
        })(),
      );
      response.on('close', () => source.destroy());
      source.pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const fetch = createGuardedFetch({ logger: silentLogger });
    onTestFinished(async () => {
      await fetch.close();
      server.closeAllConnections();
      server.close();
    });
    const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const { stream } = await fetch(origin, { maxBytes: 20 * megabyte, trustedOrigins: [origin] });
    const before = process.memoryUsage().rss;
    await expect(buffer(stream)).rejects.toMatchObject({ failure: 'tooLarge' });
    expect((process.memoryUsage().rss - before) / megabyte).toBeLessThan(200);
    // What was underway in the sockets' buffers, not all of it.
    expect(sent).toBeLessThan(members);
  });

  it('what is sent to us is never unpacked', async () => {
    const secret = 'the-secret-of-this-line';
    const host = await openLine('loopback', { secret });
    const url = `${host.publicUrl}/messages`;
    const body = gzipSync(JSON.stringify({ type: 'text', id: 'x', from: 'cora', text: 'Hello' }));
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        [signatureHeader]: sign(secret, 'POST', new URL(url).pathname, body),
      },
      body,
    });
    expect(answer.status).toBe(400);
    expect(host.events).toEqual([]);
  });

  it('nor is what homeservers and operators’ programs send', async () => {
    const { endpoint, port, received } = await openEndpoint();
    onTestFinished(() => endpoint.stop(100));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const transaction = await fetch(`http://127.0.0.1:${String(port)}/_matrix/app/v1/transactions/1`, {
      method: 'PUT',
      headers: { ...headers, authorization: 'Bearer red-token-1' },
      body: gzipSync(JSON.stringify({ events: [eventOf('e')] })),
    });
    expect([transaction.status >= 400 && transaction.status < 500, received]).toEqual([true, []]);

    const { routes, ask, acme } = await openOperatorApi();
    const route = routes.find(({ method, path }) => method === 'PUT' && path.endsWith('/queues/:id'))!;
    const body = gzipSync(JSON.stringify({ friendlyName: 'Unpacked' }));
    const { status } = await ask(route, 'acme', { id: acme.ids['queues'] ?? '', headers, body });
    expect(status >= 400 && status < 500).toBe(true);
  });
});
