import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Element } from '@xmpp/xml';
import { expect, vi } from 'vitest';
import { startProsody } from '../../../dev/prosody/start-prosody.ts';
import { chatStateOf } from '../../../src/channels/xmpp/chat-states.ts';
import { correctedBy } from '../../../src/channels/xmpp/correction.ts';
import { withoutFallback } from '../../../src/channels/xmpp/fallback.ts';
import { locationOf } from '../../../src/channels/xmpp/location.ts';
import { markerOf } from '../../../src/channels/xmpp/markers.ts';
import { isOurs, customersMessage, stanzaIdOf } from '../../../src/channels/xmpp/native-id.ts';
import { ns } from '../../../src/channels/xmpp/namespaces.ts';
import { filesOf, outOfBand } from '../../../src/channels/xmpp/out-of-band.ts';
import { reactionsOf } from '../../../src/channels/xmpp/reactions.ts';
import { repliedTo } from '../../../src/channels/xmpp/replies.ts';
import { retractedBy } from '../../../src/channels/xmpp/retraction.ts';
import { childText, element, flag } from '../../../src/channels/xmpp/xml.ts';
import { as } from '../../../src/platform/ids.ts';
import type { CustomerFile, FarSide, Handover, Seen } from '../../conformance/channel-harness.ts';
import { hostileActs } from './hostile-acts.ts';
import { body, receiptRequest, startCustomer } from './xmpp-customer.ts';

const secret = 'component-secret-of-the-test';
const domain = 'bridge.localhost';
const tenant = `support@${domain}`;

/** A real Prosody with one customer who uses a capable app. */
export async function startProsodyFarSide(): Promise<FarSide> {
  const prosody = await startProsody({
    components: [{ domain, secret }],
    users: [{ name: 'alice', password: 'pw-alice' }],
  });
  const files = await startFileServer();
  const alice = await startCustomer({
    service: prosody.clientService,
    host: prosody.host,
    name: 'alice',
    password: 'pw-alice',
  });
  const seen: Seen[] = [];
  const native = (stanzaId: string) => (isOurs(stanzaId) ? stanzaId : customersMessage(alice.bare, stanzaId));
  alice.onStanza((stanza) => {
    if (stanza.is('message') && stanza.attrs['type'] !== 'error') void see(stanza, seen, native);
  });
  let last: readonly Element[] = [];
  let lastId: string | undefined;

  const say = async (children: readonly Element[], id?: string): Promise<Handover> => {
    last = children;
    const from = alice.received.length;
    lastId = await alice.say(tenant, [...children, receiptRequest()], id === undefined ? {} : { id });
    return vi.waitFor(
      () => {
        for (const stanza of alice.received.slice(from)) {
          if (stanza.getChild('received', ns.receipts)?.attrs['id'] === lastId) return 'acknowledged';
          if (stanza.attrs['type'] === 'error' && stanza.attrs['id'] === lastId) return 'refused';
        }
        throw new Error('neither receipt nor error yet');
      },
      { interval: 5 },
    );
  };
  const named = (target: string) => stanzaIdOf(target) ?? '';

  return {
    parameters: {
      domain,
      host: '127.0.0.1',
      port: prosody.ports.components,
      secret,
      trustedOrigins: [`http://127.0.0.1:${prosody.ports.http}`, files.origin],
    },
    secrets: [secret],
    customer: { id: as(alice.bare), via: tenant },
    customerDoes: {
      text: (text) => say([body(text), flag('markable', ns.markers)]),
      media: (file) => {
        const url = files.add(file);
        return say([body(url), outOfBand(url)]);
      },
      location: (latitude, longitude) => say([body(`geo:${latitude},${longitude}`)]),
      reply: (target, text) =>
        say([body(text), element('reply', { xmlns: ns.reply, to: tenant, id: named(target) })]),
      edit: (target, text) =>
        say([body(text), element('replace', { xmlns: ns.correction, id: named(target) })]),
      retract: (target) =>
        say([
          element('retract', { xmlns: ns.retraction, id: named(target) }),
          element('fallback', { xmlns: ns.fallback, for: ns.retraction }),
          body('/me retracted a message'),
        ]),
      react: (target, emoji) =>
        say([
          element('reactions', { xmlns: ns.reactions, id: named(target) }, element('reaction', {}, emoji)),
        ]),
      typing: (active) => alice.say(tenant, [flag(active ? 'composing' : 'paused', ns.chatStates)]),
      read: (target) => alice.say(tenant, [element('displayed', { xmlns: ns.markers, id: target })]),
    },
    connected: (host) =>
      vi.waitFor(() => expect(host.states.at(-1)).toEqual({ state: 'connected' }), { interval: 10 }),
    seen: () => seen,
    repeat: () => say(last, lastId),
    hostile: () => hostileActs(alice, tenant),
    async stop() {
      await alice.stop();
      await prosody.stop();
      await files.close();
    },
  };
}

async function see(stanza: Element, seen: Seen[], native: (id: string) => string): Promise<void> {
  const { id } = stanza.attrs;
  const marker = markerOf(stanza);
  const state = chatStateOf(stanza);
  const text = withoutFallback(stanza, childText(stanza, 'body') ?? '', ns.reply);
  const reaction = reactionsOf(stanza);
  const retracted = retractedBy(stanza);
  const corrected = correctedBy(stanza);
  const answered = repliedTo(stanza)?.stanzaId;
  const [file] = filesOf(stanza);
  const place = locationOf(stanza, text);
  if (marker !== undefined) seen.push({ readUpTo: native(marker.stanzaId) });
  else if (reaction !== undefined)
    seen.push({ reactsTo: { id: native(reaction.target), emoji: reaction.emojis[0] ?? '' } });
  else if (retracted !== undefined) seen.push({ retracts: native(retracted) });
  else if (file !== undefined) {
    const response = await fetch(file);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const media = { bytes, mimeType: response.headers.get('content-type') ?? '' };
    seen.push({ ...(id === undefined ? {} : { id }), media });
  } else if (place !== undefined)
    seen.push({ location: { latitude: place.latitude, longitude: place.longitude } });
  else if (text !== '')
    seen.push({
      ...(id === undefined ? {} : { id }),
      text,
      ...(corrected === undefined ? {} : { edits: native(corrected) }),
      ...(answered === undefined ? {} : { replyTo: native(answered) }),
    });
  else if (state !== undefined) seen.push({ typing: state === 'composing' });
}

/** Where the customer's app keeps the files that it sends. */
async function startFileServer(): Promise<{
  readonly origin: string;
  add(file: CustomerFile): string;
  close(): Promise<void>;
}> {
  const files = new Map<string, CustomerFile>();
  const server: Server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': file.mimeType }).end(file.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    add(file) {
      const path = `/${files.size}/${encodeURIComponent(file.fileName)}`;
      files.set(path, file);
      return `${origin}${path}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
