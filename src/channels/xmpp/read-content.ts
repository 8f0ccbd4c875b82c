import type { Content } from '../../message/message.ts';
import { dialectToHtml } from '../../message/dialect-to-html.ts';
import { encryptionOf } from './encryption.ts';
import { withoutFallback } from './fallback.ts';
import { locationOf } from './location.ts';
import { ns } from './namespaces.ts';
import { filesOf, mediaBehind } from './out-of-band.ts';
import { childText, type Element } from './xml.ts';

/** What a stanza says, in parts: a text, a place, one or more files. Empty for one that says nothing. `line`: for references to files. */
export function contentsOf(message: Element, line: string): Content[] {
  const body = bodyOf(message);
  const encryption = encryptionOf(message, body);
  if (encryption !== undefined)
    return [
      { kind: 'unsupported', description: `a message encrypted with ${encryption}, which we cannot read` },
    ];
  if (isInvitation(message)) return [{ kind: 'unsupported', description: 'an invitation to a group chat' }];
  const place = locationOf(message, body);
  if (place !== undefined) return [place];
  const files = filesOf(message);
  const caption = body.trim() === '' || files.includes(body.trim()) ? undefined : body;
  if (files.length > 0)
    return files.map((url, index) => mediaBehind(url, line, index === 0 ? caption : undefined));
  return body === '' ? [] : [textContent(message, body)];
}

function bodyOf(message: Element): string {
  const body = childText(message, 'body') ?? '';
  return [ns.reply, ns.reactions, ns.retraction].reduce(
    (rest, purpose) => withoutFallback(message, rest, purpose),
    body,
  );
}

function textContent(message: Element, body: string): Content {
  const subject = childText(message, 'subject')?.trim() ?? '';
  const emote = body.startsWith('/me ');
  const said = emote ? body.slice(4) : subject === '' ? body : `${subject}\n\n${body}`;
  const styled = message.getChild('unstyled', ns.styling) === undefined;
  const { text, html } = dialectToHtml(said, styled ? 'xep0393' : 'plain');
  return {
    kind: 'text',
    text,
    ...(html === undefined ? {} : { html }),
    ...(emote ? { emote } : {}),
  };
}

function isInvitation(message: Element): boolean {
  const room = message.getChild('x', 'http://jabber.org/protocol/muc#user');
  return room?.getChild('invite') !== undefined || message.getChild('x', 'jabber:x:conference') !== undefined;
}
