import { ChannelError, type Outgoing } from '../channel.ts';
import { htmlToDialect } from '../../message/html-to-dialect.ts';
import type { Content, TextContent } from '../../message/message.ts';
import { chatState } from './chat-states.ts';
import { replaces } from './correction.ts';
import { location } from './location.ts';
import { markable } from './markers.ts';
import { ns } from './namespaces.ts';
import { isOurs, stanzaIdOf, stanzaIdOfDelivery } from './native-id.ts';
import { outOfBand } from './out-of-band.ts';
import { reactions } from './reactions.ts';
import { receiptRequest } from './receipts.ts';
import { reply } from './replies.ts';
import { retraction } from './retraction.ts';
import { element, flag, type Element } from './xml.ts';

export interface Route {
  /** Our address that the customer wrote to. */
  readonly from: string;
  /** The customer's bare address. */
  readonly to: string;
}

/** Where the file of a message has been put. */
export type PlacedFile = { readonly url: string };

/**
 * The stanza for a message, or for an edit of one; `file` where its content is a file. Pure.
 * @throws {ChannelError} `permanent` for what cannot be said on this network.
 */
export function messageStanza(route: Route, outgoing: Outgoing, file?: PlacedFile): Element {
  const { content, edits, replyTo } = outgoing.message;
  if (content === undefined) throw impossible('the message has no content');
  const said = sayContent(content, file);
  const answered = replyTo === undefined ? undefined : stanzaIdOf(replyTo.id);
  const { body, elements } =
    answered === undefined
      ? { body: said.body, elements: [] }
      : reply(
          { stanzaId: answered, author: isOurs(answered) ? route.from : route.to },
          said.body,
          replyTo?.excerpt,
        );
  const corrected = edits === undefined ? undefined : named(edits.id);
  return stanza(
    route,
    outgoing,
    element('body', {}, body),
    ...said.elements,
    ...elements,
    ...(corrected === undefined ? [] : [replaces(corrected)]),
    receiptRequest(),
    markable(),
    chatState('active'),
  );
}

export function retractionStanza(route: Route, outgoing: Outgoing): Element {
  const { retracts } = outgoing.message;
  if (retracts === undefined) throw impossible('it is not said what is to be withdrawn');
  return stanza(route, outgoing, ...retraction(named(retracts.id)));
}

/** The whole set of our reactions to a message, as the network wants it. */
export function reactionStanza(
  route: Route,
  outgoing: Outgoing,
  target: string,
  emojis: readonly string[],
): Element {
  return stanza(route, outgoing, ...reactions({ target: named(target), emojis }));
}

/** What is said beside messages. It has no id that anybody would answer with an error for a message. */
export function signalStanza(
  from: string,
  to: string,
  payload: Element,
  keep: 'store' | 'no-store',
): Element {
  return element('message', { from, to, type: 'chat' }, payload, flag(keep, ns.hints));
}

function stanza({ from, to }: Route, outgoing: Outgoing, ...children: readonly Element[]): Element {
  const id = stanzaIdOfDelivery(outgoing.deliveryId);
  const attrs = { from, to, id, type: 'chat' };
  return element('message', attrs, ...children, element('origin-id', { xmlns: ns.stanzaIds, id }));
}

interface Said {
  readonly body: string;
  readonly elements: readonly Element[];
}

function sayContent(content: Content, file: PlacedFile | undefined): Said {
  switch (content.kind) {
    case 'text':
      return sayText(content);
    case 'location': {
      const place = location(content);
      return { body: place.body, elements: [place.element] };
    }
    case 'image':
    case 'audio':
    case 'voice':
    case 'video':
    case 'file':
    case 'sticker':
      if (file === undefined) throw impossible('the file is not there');
      return { body: file.url, elements: [outOfBand(file.url)] };
    case 'template':
      return { body: content.text, elements: [] };
    case 'contact':
    case 'choice':
    case 'chosen':
    case 'page':
    case 'unsupported':
      throw impossible(`XMPP cannot show a ${content.kind}`);
  }
}

function sayText({ text, html, emote }: TextContent): Said {
  const styled = html === undefined ? text : htmlToDialect(html, 'xep0393').text;
  return { body: emote === true ? `/me ${styled}` : styled, elements: [] };
}

function named(native: string): string {
  const stanzaId = stanzaIdOf(native);
  if (stanzaId === undefined)
    throw impossible('that message has no id on the network, so nothing can refer to it');
  return stanzaId;
}

function impossible(reason: string): ChannelError {
  return new ChannelError({ kind: 'permanent', certain: true, reason });
}
