import type { Element } from '@xmpp/xml';
import { ns } from '../../../src/channels/xmpp/namespaces.ts';
import { StanzaParser } from '../../../src/channels/xmpp/stanza-parser.ts';

/** A parser inside a component's stream, and what came out of it so far. */
export function openParser(): { readonly parser: StanzaParser; readonly stanzas: Element[] } {
  const parser = new StanzaParser();
  const stanzas: Element[] = [];
  parser.on('element', (stanza: Element) => stanzas.push(stanza));
  parser.write(`<stream:stream xmlns='${ns.component}' xmlns:stream='${ns.streams}' id='1'>`);
  return { parser, stanzas };
}

/** A stanza as it comes from a server. */
export function stanza(xml: string): Element {
  const { parser, stanzas } = openParser();
  parser.write(xml);
  if (stanzas[0] === undefined) throw new Error(`no whole stanza: ${xml}`);
  return stanzas[0];
}
