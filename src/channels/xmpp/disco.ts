import { createHash } from 'node:crypto';
import { ns } from './namespaces.ts';
import { element, type Element } from './xml.ts';

// XEP-0030: what we are and what we can, and its digest for presence (XEP-0115), which spares apps the question.

const features = [
  ns.caps,
  ns.chatStates,
  ns.discoInfo,
  ns.discoItems,
  ns.version,
  ns.outOfBand,
  ns.markers,
  ns.correction,
  ns.retraction,
  ns.ping,
  ns.reactions,
  ns.receipts,
  ns.reply,
  ns.fallback,
  ns.styling,
  ns.vcard,
].toSorted();

interface Identity {
  readonly category: string;
  readonly type: string;
}
/** The component itself, and each name of the tenant: a program that people write to. */
const component: Identity = { category: 'component', type: 'generic' };
const account: Identity = { category: 'client', type: 'bot' };

const capsNode = 'urn:switchboard:xmpp';

export function discoInfo(
  displayName: string,
  of: 'component' | 'account',
  node: string | undefined,
): Element {
  const identity = of === 'component' ? component : account;
  return element(
    'query',
    { xmlns: ns.discoInfo, node },
    element('identity', { ...identity, name: displayName }),
    ...features.map((feature) => element('feature', { var: feature })),
  );
}

/** Names of a tenant are not told to strangers: there is nothing to list. */
export function discoItems(node: string | undefined): Element {
  return element('query', { xmlns: ns.discoItems, node });
}

/** Whether a node is one that {@link discoInfo} answers for: none, or the one that our presence names. */
export function isOurNode(node: string | undefined, displayName: string): boolean {
  return node === undefined || node === '' || node === `${capsNode}#${verification(displayName)}`;
}

export function caps(displayName: string): Element {
  const ver = verification(displayName);
  return element('c', { xmlns: ns.caps, hash: 'sha-1', node: capsNode, ver });
}

function verification(displayName: string): string {
  const identity = `${account.category}/${account.type}//${displayName.replaceAll('<', '&lt;')}<`;
  return createHash('sha1')
    .update(identity + features.map((feature) => `${feature}<`).join(''))
    .digest('base64');
}

/** Features in the answer to a question for them. */
export function featuresIn(answer: Element): ReadonlySet<string> {
  const found = answer.getChild('query', ns.discoInfo)?.getChildren('feature') ?? [];
  return new Set(found.map((feature) => feature.attrs['var'] ?? ''));
}

/** The name of the app in the same answer: `Conversations`. */
export function clientIn(answer: Element): string | undefined {
  const identities = answer.getChild('query', ns.discoInfo)?.getChildren('identity') ?? [];
  const client = identities.find(({ attrs }) => attrs['category'] === 'client') ?? identities[0];
  const name = client?.attrs['name']?.trim().slice(0, 200);
  return name === '' ? undefined : name;
}

/** Addresses in the answer to a question for items. */
export function itemsIn(answer: Element, limit: number): string[] {
  const found = answer.getChild('query', ns.discoItems)?.getChildren('item') ?? [];
  return found.flatMap((item) => item.attrs['jid'] ?? []).slice(0, limit);
}
