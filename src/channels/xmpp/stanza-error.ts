import { ns } from './namespaces.ts';
import { element, type Element } from './xml.ts';

/** Defined conditions (RFC 6120, 8.3.3) that we answer with, and what the sender should do about each. */
const kinds = {
  'bad-request': 'modify',
  'item-not-found': 'cancel',
  'service-unavailable': 'cancel',
  'feature-not-implemented': 'cancel',
  'resource-constraint': 'wait',
} as const;

export type ErrorCondition = keyof typeof kinds;

/** The answer to a stanza that we cannot take. `undefined` for errors and results, which are never answered: that way lie loops. */
export function errorReply(stanza: Element, condition: ErrorCondition, text: string): Element | undefined {
  const { type, from, to, id } = stanza.attrs;
  if (type === 'error' || type === 'result' || from === undefined) return undefined;
  return element(
    stanza.getName(),
    { type: 'error', from: to, to: from, id },
    element(
      'error',
      { type: kinds[condition] },
      element(condition, { xmlns: ns.stanzaErrors }),
      element('text', { xmlns: ns.stanzaErrors, 'xml:lang': 'en' }, text),
    ),
  );
}

const words: Readonly<Record<string, string>> = {
  'item-not-found': 'there is no such XMPP account',
  'service-unavailable': 'the account does not take messages now',
  'recipient-unavailable': 'the account does not take messages now',
  'remote-server-not-found': 'the server of the account was not found',
  'remote-server-timeout': 'the server of the account cannot be reached',
  'not-allowed': 'the account does not accept our messages',
  'not-acceptable': 'the account does not accept this message',
  forbidden: 'the account has blocked us',
  'subscription-required': 'the account takes messages only from its contacts',
  'resource-constraint': 'the server of the account is overloaded or the mailbox is full',
  'policy-violation': 'the server refused the message by its rules',
  'jid-malformed': 'the address is not a valid XMPP address',
  gone: 'the account has moved or was deleted',
};

/** What went wrong, for agents. The peer's own text is not shown: anybody may have written it. */
export function failureReason(stanza: Element): string {
  const condition = errorCondition(stanza);
  const known = condition === undefined ? undefined : words[condition];
  return known ?? `the message was refused${condition === undefined ? '' : ` (${condition})`}`;
}

export function errorCondition(stanza: Element): string | undefined {
  const name = stanza
    .getChild('error')
    ?.getChildElements()
    .find((child) => child.getNS() === ns.stanzaErrors && child.getName() !== 'text')
    ?.getName();
  return name === undefined || !/^[a-z-]{1,40}$/.test(name) ? undefined : name;
}
