import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { maxFileBytes } from '../../../src/channels/loopback/capabilities.ts';
import type { FarSide, Handover, Seen } from '../../conformance/channel-harness.ts';
import { hostileRequests } from '../../conformance/hostile-requests.ts';
import type { TestHost } from '../../fixtures/test-host.ts';

const secret = 'a-secret-of-loopback-tests';
const signatureHeader = 'x-loopback-signature';

function signature(key: string, method: string, target: string, body: Uint8Array | string): string {
  return createHmac('sha256', key).update(`${method}\n${target}\n`).update(body).digest('hex');
}

/** A customers' program for loopback, written from docs/adding-a-network.md alone: one customer, `carol`. */
export async function startCustomerProgram(): Promise<FarSide> {
  const seen: Seen[] = [];
  let status = 200;
  let retryAfter: string | undefined;
  let host: TestHost | undefined;
  let last: string | undefined;
  let connections = 0;

  const server = createServer((request, response) => {
    request.toArray().then(
      async (chunks: Buffer[]) => {
        const body = Buffer.concat(chunks);
        const expected = signature(secret, 'POST', request.url ?? '', body);
        if (request.headers[signatureHeader] !== expected) response.writeHead(403).end();
        else if (status === 0) response.destroy();
        else {
          if (status < 300) await show(JSON.parse(body.toString()) as Record<string, unknown>, seen);
          response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end();
        }
      },
      () => response.destroy(),
    );
  });
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => (connections -= 1));
  });
  // One that closes just as a slow client asks on it makes that request fail.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  async function post(path: string, body: Uint8Array | string, contentType: string): Promise<Response> {
    const url = new URL(`${host!.publicUrl}${path}`);
    const headers = {
      'content-type': contentType,
      [signatureHeader]: signature(secret, 'POST', url.pathname, body),
    };
    return fetch(url, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  }
  async function handOver(body: string): Promise<Handover> {
    last = body;
    const response = await post('/messages', body, 'application/json');
    if (response.status === 400) throw new Error(await response.text());
    return response.ok ? 'acknowledged' : 'refused';
  }
  const says = (type: string, fields: object): Promise<Handover> =>
    handOver(JSON.stringify({ type, id: randomUUID(), from: 'carol', ...fields }));

  const failing = (
    name: string,
    kind: 'retry' | 'permanent' | 'unauthorised' | 'unreachable',
    answer: number,
  ) => ({
    name,
    kind,
    certain: answer >= 400 && answer < 500,
    ...(answer === 429 ? { retryAfterMs: 7000 } : {}),
    arrange: () => {
      status = answer;
      if (answer === 429) retryAfter = '7';
      return () => {
        status = 200;
        retryAfter = undefined;
      };
    },
  });

  return {
    parameters: {
      secret,
      callbackUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shown?line=1`,
    },
    secrets: [secret],
    customer: { id: 'carol' as never },
    connected: async (itsHost) => {
      host = itsHost;
    },
    customerDoes: {
      text: (text) => says('text', { text }),
      media: async ({ kind, bytes, mimeType, fileName }) => {
        const upload = await post('/files', bytes, mimeType);
        const { file } = (await upload.json()) as { file: string };
        return says('media', { kind, file, mimeType, fileName });
      },
      location: (latitude, longitude) => says('location', { latitude, longitude }),
      reply: (target, text) => says('text', { text, replyTo: target }),
      edit: (target, text) => says('edit', { target, text }),
      retract: (target) => says('retract', { target }),
      react: (target, emoji) => says('react', { target, emoji }),
      choose: (target, { id, label }) => says('chosen', { option: id, label, replyTo: target }),
      typing: (active) => says('typing', { active }),
      delivered: (target) => says('delivered', { target }),
      read: (target) => says('read', { target }),
    },
    repeat: () => handOver(last!),
    seen: () => seen,
    failures: [
      failing('429', 'retry', 429),
      failing('500', 'retry', 500),
      failing('403', 'unauthorised', 403),
      failing('404', 'permanent', 404),
      failing('410', 'unreachable', 410),
      failing('no answer', 'retry', 0),
    ],
    hostile: (itsHost) =>
      hostileRequests({
        url: `${itsHost.publicUrl}/messages`,
        kind: 'json',
        maxBodyBytes: maxFileBytes,
        fresh: () => ({
          body: Buffer.from(
            JSON.stringify({ type: 'text', id: randomUUID(), from: 'carol', text: 'hostile' }),
          ),
          headers: { 'content-type': 'application/json' },
        }),
        signed: ({ body }, which) => {
          const target = new URL(`${itsHost.publicUrl}/messages`).pathname;
          return {
            [signatureHeader]: signature(which === 'right' ? secret : 'another', 'POST', target, body),
          };
        },
      }),
    openConnections: () => connections,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** From the wire to what the conformance suite asks about. */
async function show(came: Record<string, unknown>, seen: Seen[]): Promise<void> {
  const text = (field: string) => came[field] as string;
  const common = {
    id: text('id'),
    ...('replyTo' in came ? { replyTo: text('replyTo') } : {}),
    ...('text' in came ? { text: text('text') } : {}),
  };
  switch (came['type']) {
    case 'edit':
      seen.push({ ...common, edits: text('target') });
      break;
    case 'retract':
      seen.push({ ...common, retracts: text('target') });
      break;
    case 'react':
      seen.push({ ...common, reactsTo: { id: text('target'), emoji: text('emoji') } });
      break;
    case 'typing':
      seen.push({ typing: came['active'] === true });
      break;
    case 'read':
      seen.push({ readUpTo: text('target') });
      break;
    case 'media': {
      const file = await fetch(text('url'));
      const bytes = new Uint8Array(await file.arrayBuffer());
      seen.push({ ...common, media: { bytes, mimeType: file.headers.get('content-type') ?? '' } });
      break;
    }
    case 'location':
      seen.push({
        ...common,
        location: { latitude: Number(came['latitude']), longitude: Number(came['longitude']) },
      });
      break;
    case 'contact':
      seen.push({ ...common, contact: { name: text('name') } });
      break;
    case 'page':
      seen.push({ ...common, page: { url: text('url') } });
      break;
    case 'choice': {
      const options = came['options'] as { label: string }[];
      seen.push({ ...common, options: options.map(({ label }) => label) });
      break;
    }
    default:
      seen.push(common);
  }
}
