import { discoInfo, discoItems, isOurNode } from './disco.ts';
import type { Identity } from './identity.ts';
import { parseJid, bareJid } from './jid.ts';
import { ns } from './namespaces.ts';
import { errorReply } from './stanza-error.ts';
import { vcard } from './vcard.ts';
import { element, type Element } from './xml.ts';

/** The answer to a question that others ask us; `undefined` for what is none, or comes without an address to answer to. */
export async function answerIq(stanza: Element, identity: Identity): Promise<Element | undefined> {
  const { type, from, to, id } = stanza.attrs;
  if (type === 'result' || type === 'error') return undefined;
  const children = stanza.getChildElements();
  const [payload] = children;
  if (
    (type !== 'get' && type !== 'set') ||
    id === undefined ||
    payload === undefined ||
    children.length !== 1
  )
    return errorReply(stanza, 'bad-request', 'an iq has a type, an id and one payload');
  const jid = parseJid(to ?? '');
  if (jid === undefined) return errorReply(stanza, 'bad-request', 'the address is malformed');
  if (jid.local !== undefined && (await identity.nameAt(jid)) === undefined)
    return errorReply(stanza, 'item-not-found', 'nobody is known by this name here');
  const answer =
    type === 'get' ? answerTo(payload, bareJid(jid), jid.local !== undefined, identity) : undefined;
  if (answer === undefined) return errorReply(stanza, 'service-unavailable', 'not something that we do');
  if (answer === 'item-not-found') return errorReply(stanza, 'item-not-found', 'there is no such node');
  return element('iq', { type: 'result', from: to, to: from, id }, ...answer);
}

function answerTo(
  payload: Element,
  jid: string,
  isAccount: boolean,
  identity: Identity,
): Element[] | 'item-not-found' | undefined {
  const { node } = payload.attrs;
  const { displayName, picture } = identity;
  switch (`${payload.getName()} ${payload.getNS() ?? ''}`) {
    case `ping ${ns.ping}`:
      return [];
    case `query ${ns.discoInfo}`:
      if (!isOurNode(node, displayName)) return 'item-not-found';
      return [discoInfo(displayName, isAccount ? 'account' : 'component', node)];
    case `query ${ns.discoItems}`:
      return [discoItems(node)];
    case `query ${ns.version}`:
      return [
        element(
          'query',
          { xmlns: ns.version },
          element('name', {}, 'Switchboard'),
          element('version', {}, '0'),
        ),
      ];
    case `vCard ${ns.vcard}`:
      return [vcard({ name: displayName, jid, ...(picture === undefined ? {} : { picture }) })];
    default:
      return undefined;
  }
}
