import xml, { type Element } from '@xmpp/xml';

export type { Element };

/** An element; attributes and children that are `undefined` are left out. */
export function element(
  name: string,
  attrs: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (Element | string | undefined)[]
): Element {
  const present = Object.fromEntries(Object.entries(attrs).filter(([, value]) => value !== undefined));
  const made = xml(name, present);
  for (const child of children) if (child !== undefined) made.append(child);
  return made;
}

/** An empty element that only says that something is so. */
export function flag(name: string, xmlns: string): Element {
  return element(name, { xmlns });
}

/** Text inside a child; `undefined` where there is no such child. */
export function childText(parent: Element, name: string, xmlns?: string): string | undefined {
  return parent.getChild(name, xmlns)?.getText();
}

/** What XML 1.0 cannot carry, not even escaped: one such character would cost us the whole stream. */
const impossible = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** A text as the other side will read it: without what XML cannot carry, and with line breaks as XML parsers make them. */
export function asRead(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(impossible, '');
}

/** As it goes on the wire. */
export function serialise(stanza: Element): string {
  return asRead(stanza.toString());
}
