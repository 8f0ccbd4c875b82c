import { Readable } from 'node:stream';
import { ChannelError, type ContactProfile, type OpenMedia } from '../channel.ts';
import type { IqRequests } from './iq-requests.ts';
import { ns } from './namespaces.ts';
import { profileOf, type Picture } from './vcard.ts';
import { flag } from './xml.ts';

const cardScheme = 'vcard:';

/** Customers' business cards. A picture inside one is fetched when it is wanted, by a reference that names the card. */
export class ContactProfiles {
  readonly #line: string;
  readonly #iq: IqRequests;

  constructor(line: string, iq: IqRequests) {
    this.#line = line;
    this.#iq = iq;
  }

  /** `undefined` where there is no card, or its server does not answer. */
  async profile(bare: string, ourAddress: string): Promise<ContactProfile | undefined> {
    const card = await this.#card(bare, ourAddress).catch(() => undefined);
    if (card === undefined) return undefined;
    const { picture, ...profile } = card;
    if (picture === undefined) return Object.keys(profile).length === 0 ? undefined : profile;
    const [reference, mimeType] =
      typeof picture === 'string'
        ? [picture, 'application/octet-stream']
        : [`${cardScheme}${ourAddress} ${bare}`, picture.mimeType];
    return { ...profile, avatar: { source: { type: 'channel', line: this.#line, reference }, mimeType } };
  }

  /** Whether a reference names the picture in a card. */
  owns(reference: string): boolean {
    return reference.startsWith(cardScheme);
  }

  async openPicture(reference: string): Promise<OpenMedia> {
    const [ours, bare] = reference.slice(cardScheme.length).split(' ');
    const picture =
      ours === undefined || bare === undefined ? undefined : (await this.#card(bare, ours)).picture;
    if (picture === undefined || typeof picture === 'string')
      throw new ChannelError({
        kind: 'permanent',
        certain: true,
        reason: 'the card has no picture any more',
      });
    return opened(picture);
  }

  async #card(bare: string, ourAddress: string): Promise<ReturnType<typeof profileOf>> {
    const answer = await this.#iq.get(ourAddress, bare, flag('vCard', ns.vcard));
    const card = answer.getChild('vCard', ns.vcard);
    return card === undefined ? {} : profileOf(card);
  }
}

function opened({ mimeType, bytes }: Picture): OpenMedia {
  return { stream: Readable.from([bytes]), mimeType, sizeBytes: bytes.length };
}
