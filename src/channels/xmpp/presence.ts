import { caps } from './disco.ts';
import type { Identity } from './identity.ts';
import { ns } from './namespaces.ts';
import { vcardUpdate } from './vcard.ts';
import { element, type Element } from './xml.ts';

/** Our names are shown as there, whoever is on duty: messages are taken at all times. */
export function available(from: string, to: string, identity: Identity): Element {
  return element(
    'presence',
    { from, to },
    element('nick', { xmlns: ns.nick }, identity.displayName),
    caps(identity.displayName),
    vcardUpdate(identity.picture),
  );
}

export interface PresenceAnswer {
  readonly stanzas: readonly Element[];
  /** Whether the sender sees our presence from now on; `undefined`: as before. */
  readonly subscribed?: boolean;
}

/** What we say to a customer's presence. `ours` is the address that it was sent to, `theirs` the customer's bare address. Pure. */
export function answerPresence(
  type: string | undefined,
  addresses: { readonly ours: string; readonly theirs: string },
  options: { readonly known: boolean; readonly mutual: boolean; readonly identity: Identity },
): PresenceAnswer {
  const { ours, theirs } = addresses;
  const say = (kind: string) => element('presence', { from: ours, to: theirs, type: kind });
  switch (type) {
    case 'subscribe':
      if (!options.known) return { stanzas: [say('unsubscribed')] };
      return {
        stanzas: [
          say('subscribed'),
          available(ours, theirs, options.identity),
          ...(options.mutual ? [say('subscribe')] : []),
        ],
        subscribed: true,
      };
    case 'probe':
      return { stanzas: [options.known ? available(ours, theirs, options.identity) : say('unsubscribed')] };
    case 'unsubscribe':
      return { stanzas: [say('unsubscribed'), say('unavailable')], subscribed: false };
    default:
      return { stanzas: [] };
  }
}
