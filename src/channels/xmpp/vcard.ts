import { createHash } from 'node:crypto';
import type { ContactProfile } from '../channel.ts';
import { isWebUrl } from './out-of-band.ts';
import { ns } from './namespaces.ts';
import { childText, element, type Element } from './xml.ts';

// XEP-0054: business cards; XEP-0153: the digest of the picture in presence.

export interface Picture {
  readonly mimeType: string;
  readonly bytes: Buffer;
}

/** Larger pictures are not taken. */
const maxPictureBytes = 200 * 1024;

export function vcard(card: {
  readonly name: string;
  readonly jid: string;
  readonly picture?: Picture;
}): Element {
  const { name, jid, picture } = card;
  return element(
    'vCard',
    { xmlns: ns.vcard },
    element('FN', {}, name),
    element('NICKNAME', {}, name),
    element('JABBERID', {}, jid),
    picture === undefined
      ? undefined
      : element(
          'PHOTO',
          {},
          element('TYPE', {}, picture.mimeType),
          element('BINVAL', {}, picture.bytes.toString('base64')),
        ),
  );
}

/** A picture as the parameters have it: a `data:` URL in base64, checked there. */
export function pictureOf(dataUrl: string): Picture {
  const comma = dataUrl.indexOf(',');
  return {
    mimeType: dataUrl.slice('data:'.length, dataUrl.indexOf(';')),
    bytes: Buffer.from(dataUrl.slice(comma + 1), 'base64'),
  };
}

export function vcardUpdate(picture: Picture | undefined): Element {
  const digest = picture === undefined ? undefined : createHash('sha1').update(picture.bytes).digest('hex');
  return element('x', { xmlns: ns.vcardUpdate }, element('photo', {}, digest));
}

/** The digest of the sender's picture; `undefined` where presence says nothing of one. */
export function pictureDigest(presence: Element): string | undefined {
  const update = presence.getChild('x', ns.vcardUpdate);
  const digest =
    update === undefined ? undefined : childText(update, 'photo', ns.vcardUpdate)?.trim().toLowerCase();
  return digest !== undefined && /^[0-9a-f]{40}$/.test(digest) ? digest : undefined;
}

/** What a card tells; its picture is given by `picture` (the card's own bytes or a link), as a reference that the module makes. */
export function profileOf(card: Element): ContactProfile & { readonly picture?: Picture | string } {
  const name = [childText(card, 'FN'), childText(card, 'NICKNAME'), fullName(card)]
    .map((each) =>
      each
        ?.replace(/\p{Cc}/gu, ' ')
        .trim()
        .slice(0, 200),
    )
    .find((each) => each !== undefined && each !== '');
  const phone = card
    .getChildren('TEL')
    .map((each) => (childText(each, 'NUMBER') ?? '').replace(/[\s().-]/g, ''))
    .find((each) => /^\+[1-9]\d{6,14}$/.test(each));
  const email = card
    .getChildren('EMAIL')
    .map((each) => (childText(each, 'USERID') ?? '').trim())
    .find((each) => /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(each));
  const picture = pictureIn(card);
  return {
    ...(name === undefined ? {} : { name }),
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { details: { email } }),
    ...(picture === undefined ? {} : { picture }),
  };
}

function fullName(card: Element): string | undefined {
  const name = card.getChild('N');
  if (name === undefined) return undefined;
  return [childText(name, 'GIVEN'), childText(name, 'FAMILY')].filter(Boolean).join(' ');
}

function pictureIn(card: Element): Picture | string | undefined {
  const photo = card.getChild('PHOTO');
  if (photo === undefined) return undefined;
  const link = childText(photo, 'EXTVAL')?.trim();
  if (link !== undefined && isWebUrl(link)) return link;
  const mimeType = childText(photo, 'TYPE')?.trim().toLowerCase() ?? '';
  const encoded = (childText(photo, 'BINVAL') ?? '').replace(/\s/g, '');
  if (!/^image\/(?:png|jpeg|gif|webp)$/.test(mimeType) || encoded === '') return undefined;
  if (encoded.length > maxPictureBytes * 1.4 || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  return { mimeType, bytes: Buffer.from(encoded, 'base64') };
}
