import { fallback } from './fallback.ts';
import { ns } from './namespaces.ts';
import { asRead, element, type Element } from './xml.ts';

// XEP-0461: a message that answers an earlier one; the quote in its body is for apps that do not know (XEP-0428).

export interface ReplyTarget {
  readonly stanzaId: string;
  /** Who wrote the message that is answered. */
  readonly author?: string;
}

export function repliedTo(message: Element): ReplyTarget | undefined {
  const reply = message.getChild('reply', ns.reply);
  const stanzaId = reply?.attrs['id'];
  if (stanzaId === undefined || stanzaId === '') return undefined;
  const author = reply?.attrs['to'];
  return { stanzaId, ...(author === undefined ? {} : { author }) };
}

const longestExcerpt = 200;

/** The body with its quote, where there is something to quote, and what says that it is one. */
export function reply(
  target: ReplyTarget,
  body: string,
  excerpt: string | undefined,
): { readonly body: string; readonly elements: readonly Element[] } {
  const mark = element('reply', { xmlns: ns.reply, to: target.author, id: target.stanzaId });
  // Places in the body are counted as the other side counts them.
  const quoted = asRead(excerpt ?? '').trim();
  if (quoted === '') return { body, elements: [mark] };
  const points = Array.from(quoted);
  const shown = points.length > longestExcerpt ? `${points.slice(0, longestExcerpt).join('')}…` : quoted;
  const quote = `${shown.replace(/^/gm, '> ')}\n`;
  return {
    body: `${quote}${body}`,
    elements: [mark, fallback(ns.reply, { start: 0, end: Array.from(quote).length })],
  };
}
