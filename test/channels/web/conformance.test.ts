import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { web } from '../../../src/channels/web/index.ts';
import { as } from '../../../src/platform/ids.ts';
import { channelConformance } from '../../conformance/channel.ts';
import type { FarSide, Handover, HostileAct, Seen } from '../../conformance/channel-harness.ts';
import { WebClient, type StreamEvent } from './web-client.ts';

channelConformance({ module: web, start: async () => startBrowser() });

interface WireContent {
  readonly kind: string;
  readonly text?: string;
  readonly caption?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly name?: string;
  readonly url?: string;
  readonly options?: readonly { label: string }[];
  readonly file?: { readonly url: string; readonly mimeType: string };
}

function startBrowser(): FarSide {
  let client: WebClient | undefined;
  let visitor = '';
  let last: object = {};
  const seen: Seen[] = [];
  let looked = 0;
  let fetching = Promise.resolve();
  const browser = (): WebClient => client!;
  const native = (id: unknown): string => `${visitor}:${String(id)}`;
  const own = (target: string): string => target.slice(visitor.length + 1);
  const handover = async (response: Promise<Response>): Promise<Handover> =>
    (await response).ok ? 'acknowledged' : 'refused';
  const post = (body: object): Promise<Handover> => {
    last = { id: randomUUID(), ...body };
    return handover(browser().call('POST', '/messages', last));
  };
  const act = (target: string, what: string, body: object = {}): Promise<Handover> =>
    handover(browser().call('POST', `/messages/${own(target)}/${what}`, { id: randomUUID(), ...body }));
  const sequenceOf = (target: string): number =>
    browser().events.find(({ data }) => data['id'] === own(target))?.id ?? 0;

  /** Files are loaded as a browser would, so what was seen fills in later. */
  function look(): readonly Seen[] {
    const events = client?.events ?? [];
    for (; looked < events.length; looked += 1) show(events[looked]!);
    return seen;
  }

  function show({ event, data, id }: StreamEvent): void {
    if (event === 'typing') seen.push({ typing: data['active'] as boolean });
    if (event === 'read') {
      const upTo = browser().events.find((each) => each.id === data['upTo'])?.data['id'];
      seen.push({ readUpTo: native(upTo) });
    }
    if (data['by'] !== 'agent' || id === undefined) return;
    const common = { id: native(data['id']) };
    if (event === 'retraction') seen.push({ ...common, retracts: native(data['target']) });
    if (event === 'reaction')
      seen.push({ ...common, reactsTo: { id: native(data['target']), emoji: data['emoji'] as string } });
    const content = data['content'] as WireContent | undefined;
    if (content === undefined) return;
    const { text, caption, latitude, longitude, name, url, options, file, kind } = content;
    const replyTo = data['replyTo'] as { id: string } | undefined;
    const about: Seen = {
      ...common,
      ...(event === 'edit' ? { edits: native(data['target']) } : {}),
      ...(replyTo === undefined ? {} : { replyTo: native(replyTo.id) }),
      ...(text === undefined && caption === undefined ? {} : { text: text ?? caption! }),
      ...(latitude === undefined || longitude === undefined ? {} : { location: { latitude, longitude } }),
      ...(kind === 'contact' && name !== undefined ? { contact: { name } } : {}),
      ...(kind === 'page' && url !== undefined ? { page: { url } } : {}),
      ...(options === undefined ? {} : { options: options.map(({ label }) => label) }),
    };
    if (file === undefined) seen.push(about);
    else fetching = fetching.then(() => load(about, file));
  }

  async function load(about: Seen, file: { url: string; mimeType: string }): Promise<void> {
    const response = await fetch(`${browser().base}/${file.url}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    seen.push({ ...about, media: { bytes, mimeType: file.mimeType } });
  }

  return {
    parameters: {
      secret: 'a secret of the web line',
      allowedOrigins: ['https://shop.example'],
      limits: { messagesPerMinute: 10_000, requestsPerMinute: 10_000 },
    },
    secrets: ['a secret of the web line'],
    get customer() {
      return { id: as<never>(visitor) };
    },
    async connected(host) {
      client = await new WebClient(host.publicUrl).begin();
      const payload = Buffer.from(client.token.split('.')[0]!, 'base64url').toString();
      visitor = (JSON.parse(payload) as [string])[0];
      await client.listen();
    },
    seen: look,
    repeat: () => handover(browser().call('POST', '/messages', last)),
    customerDoes: {
      text: (text) => post({ kind: 'text', text }),
      async media({ bytes, mimeType, fileName }) {
        const response = await browser().upload(bytes, mimeType, fileName);
        if (!response.ok) return 'refused';
        return post({ kind: 'file', file: ((await response.json()) as { file: string }).file });
      },
      reply: (target, text) => post({ kind: 'text', text, replyTo: own(target) }),
      edit: (target, text) => act(target, 'edit', { text }),
      retract: (target) => act(target, 'retraction'),
      react: (target, emoji) => act(target, 'reaction', { emoji }),
      choose: (target, option) => post({ kind: 'chosen', choice: own(target), option: option.id }),
      typing: (active) => browser().call('POST', '/typing', { active }),
      delivered: async (target) => {
        await vi.waitFor(() => {
          if (sequenceOf(target) === 0) throw new Error('not there yet');
        });
        return browser().call('POST', '/receipts', { delivered: sequenceOf(target) });
      },
      read: (target) => browser().call('POST', '/receipts', { read: sequenceOf(target) }),
    },
    hostile: () => hostileActs(browser()),
    stop: async () => browser().cut(),
  };
}

function hostileActs(client: WebClient): readonly HostileAct[] {
  const raw = (method: string, path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(client.base + path, {
      method,
      headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body }),
    });
  const refused = (name: string, run: () => Promise<Response>, status: number): HostileAct => ({
    name,
    async run() {
      const response = await run();
      expect(response.status, await response.clone().text()).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    },
  });
  const text = (more: object): string =>
    JSON.stringify({ id: randomUUID(), kind: 'text', text: 'evil', ...more });
  return [
    refused('no token', () => raw('POST', '/messages', text({}), { authorization: '' }), 401),
    refused(
      'a token with another visitor in it',
      () => {
        const payload = Buffer.from(JSON.stringify(['A'.repeat(22), Date.now() + 1e9])).toString('base64url');
        const forged = `${payload}.${client.token.split('.')[1]!}`;
        return raw('POST', '/messages', text({}), { authorization: `Bearer ${forged}` });
      },
      401,
    ),
    refused(
      'a site that is not allowed',
      () => raw('POST', '/messages', text({}), { origin: 'https://evil.example' }),
      403,
    ),
    refused(
      'a site whose name begins like an allowed one',
      () => raw('POST', '/messages', text({}), { origin: 'https://shop.example.evil.example' }),
      403,
    ),
    refused('not JSON', () => raw('POST', '/messages', '{'), 400),
    refused(
      'not UTF-8',
      () =>
        fetch(`${client.base}/messages`, {
          method: 'POST',
          headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
          body: Buffer.from([0x22, 0xff, 0x22]),
        }),
      400,
    ),
    refused('a form', () => raw('POST', '/messages', 'a=b', { 'content-type': 'text/plain' }), 415),
    refused(
      'nested a thousand times',
      () => raw('POST', '/messages', '['.repeat(1000) + ']'.repeat(1000)),
      400,
    ),
    refused('nested a hundred thousand times', () => raw('POST', '/messages', '['.repeat(100_000)), 400),
    refused('a text too long', () => raw('POST', '/messages', text({ text: 'x'.repeat(10_001) })), 422),
    refused('a body too long', () => raw('POST', '/messages', text({ text: 'x'.repeat(200_000) })), 413),
    refused('nothing but blanks', () => raw('POST', '/messages', text({ text: ' \n\u0000 ' })), 422),
    refused('a wrong type', () => raw('POST', '/messages', text({ text: { toString: 'x' } })), 422),
    refused(
      'a prototype',
      () => raw('POST', '/messages', '{"__proto__":{"polluted":1},"kind":"text","text":"x"}'),
      422,
    ),
    refused('an unknown kind', () => raw('POST', '/messages', text({ kind: 'constructor' })), 422),
    refused('an id that is a path', () => raw('POST', '/messages', text({ id: '../../visitor' })), 422),
    refused('a reply to nothing', () => raw('POST', '/messages', text({ replyTo: 'nothing-at-all' })), 422),
    refused(
      'somebody else’s file',
      () => raw('POST', '/messages', JSON.stringify({ id: randomUUID(), kind: 'file', file: 'x.y' })),
      422,
    ),
    refused(
      'an option of nothing',
      () =>
        raw(
          'POST',
          '/messages',
          JSON.stringify({ id: randomUUID(), kind: 'chosen', choice: 'nothing-at-all', option: 'x' }),
        ),
      422,
    ),
    refused(
      'an edit of nothing',
      () => raw('POST', '/messages/nothing-at-all/edit', JSON.stringify({ id: randomUUID(), text: 'x' })),
      404,
    ),
    refused(
      'a reaction that is a text',
      () =>
        raw('POST', '/messages/nothing-at-all/reaction', JSON.stringify({ id: randomUUID(), emoji: '<b>' })),
      422,
    ),
    refused('an empty file', () => raw('PUT', '/files', ''), 422),
    refused(
      'a file name that is not encoded',
      () => raw('PUT', '/files', 'x', { 'x-file-name': '%E0%A4%A' }),
      422,
    ),
    refused('a forged link', () => raw('GET', '/files/WyJhIiwxLDk5OTk5OTk5OTk5OTk5XQ.AAAA', ''), 404),
    refused('a path upwards', () => raw('GET', '/files/%2e%2e%2f%2e%2e%2fetc%2fpasswd', ''), 404),
    refused('a route of Object', () => raw('POST', '/constructor', '{}'), 404),
    refused('a strange place in the stream', () => raw('GET', '/events', '', { 'last-event-id': '-1' }), 422),
    refused('an end before the beginning of time', () => raw('POST', '/receipts', '{"read":-1}'), 422),
  ];
}
