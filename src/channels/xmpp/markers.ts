import { ns } from './namespaces.ts';
import { element, flag, type Element } from './xml.ts';

// XEP-0333: how far somebody has read.

export function markable(): Element {
  return flag('markable', ns.markers);
}

export function isMarkable(message: Element): boolean {
  return message.getChild('markable', ns.markers) !== undefined;
}

export interface Marker {
  readonly kind: 'received' | 'displayed';
  readonly stanzaId: string;
}

/** Each marker stands for the message and for all before it. `acknowledged` says more than `displayed`, but nothing that we show. */
export function markerOf(message: Element): Marker | undefined {
  for (const name of ['displayed', 'acknowledged', 'received'] as const) {
    const stanzaId = message.getChild(name, ns.markers)?.attrs['id'];
    if (stanzaId !== undefined) return { kind: name === 'received' ? 'received' : 'displayed', stanzaId };
  }
  return undefined;
}

export function displayed(stanzaId: string): Element {
  return element('displayed', { xmlns: ns.markers, id: stanzaId });
}
