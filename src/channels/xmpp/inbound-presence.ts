import type { ChannelHost, ContactProfile } from '../channel.ts';
import { as } from '../../platform/ids.ts';
import type { ContactDevices } from './contact-devices.ts';
import type { Identity } from './identity.ts';
import { bareJid, fullJid, parseJid } from './jid.ts';
import { derivedEvent } from './native-id.ts';
import { answerPresence, available } from './presence.ts';
import { pictureDigest } from './vcard.ts';
import { serialise, type Element } from './xml.ts';

export interface PresenceOptions {
  readonly host: ChannelHost;
  readonly identity: Identity;
  readonly devices: ContactDevices;
  readonly mutual: boolean;
  readonly post: (stanza: Element) => void;
  readonly write: (text: string) => void;
  readonly profileOf: (bare: string, ourAddress: string) => Promise<ContactProfile | undefined>;
}

const prefix = 'subscriber/';
const page = 200;

/** Customers who have us in their contact list, and what their presence tells. */
export class InboundPresence {
  readonly #options: PresenceOptions;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Called for one stanza of a customer at a time. */
  async take(stanza: Element): Promise<void> {
    const { host, identity, devices, mutual, post } = this.#options;
    const from = parseJid(stanza.attrs['from'] ?? '');
    const to = parseJid(stanza.attrs['to'] ?? '');
    if (from === undefined || to === undefined) return;
    const { type } = stanza.attrs;
    const theirs = bareJid(from);
    const ours = bareJid(to);
    if (type === undefined) devices.used(theirs, fullJid(from));
    if (type === 'unavailable') devices.gone(theirs, fullJid(from));
    const known = type === undefined || type === 'unavailable' || (await identity.isReached(to, as(theirs)));
    const answer = answerPresence(type, { ours, theirs }, { known, mutual, identity });
    if (answer.subscribed !== undefined)
      await host.records.set({ [`${prefix}${theirs} ${ours}`]: answer.subscribed ? true : undefined });
    for (const each of answer.stanzas) post(each);
    if (type === undefined) await this.#lookAtPicture(stanza, theirs, ours);
  }

  /** After the line has come back, servers of subscribers believe us gone. */
  async announce(): Promise<void> {
    const { host, identity, write } = this.#options;
    let after: string | undefined;
    for (;;) {
      const entries = await host.records.list({
        prefix,
        limit: page,
        ...(after === undefined ? {} : { after }),
      });
      for (const { key } of entries) {
        const [theirs, ours] = key.slice(prefix.length).split(' ');
        if (theirs !== undefined && ours !== undefined) write(serialise(available(ours, theirs, identity)));
      }
      after = entries.at(-1)?.key;
      if (entries.length < page) return;
    }
  }

  /** A new picture in presence (XEP-0153) means a new business card. */
  async #lookAtPicture(stanza: Element, theirs: string, ours: string): Promise<void> {
    const { host, profileOf } = this.#options;
    const digest = pictureDigest(stanza);
    const key = `picture/${theirs}`;
    if (digest === undefined || (await host.records.get(key)) === digest) return;
    const profile = await profileOf(theirs, ours);
    if (profile === undefined) return;
    const id = derivedEvent(theirs, 'profile', digest);
    await host.accept([
      { kind: 'profile', id, from: { id: as(theirs), via: ours }, profile, at: host.clock.now() },
    ]);
    await host.records.set({ [key]: digest });
  }
}
