import { normaliseEmail } from './email.ts';
import { normalisePhone } from './phone.ts';
import { normalisePostalAddress } from './postal-address.ts';
import { normaliseUniqueId } from './unique-id.ts';
import { normaliseName } from './unique-name.ts';
import { normaliseUrl } from './url.ts';

/** Kinds of names under which customers reach a tenant or a service of it. */
export const identifierKinds = ['phone', 'email', 'url', 'id', 'name', 'address'] as const;
export type IdentifierKind = (typeof identifierKinds)[number];

const normalisers: Readonly<Record<IdentifierKind, (written: string) => string | undefined>> = {
  phone: normalisePhone,
  email: normaliseEmail,
  url: normaliseUrl,
  id: normaliseUniqueId,
  name: normaliseName,
  address: normalisePostalAddress,
};

const longest = 2000;

/**
 * The form in which an identifier is kept and compared, so that one name written in several ways is one name. Of what it gives it gives
 * the same. Undefined where what is written is none of that kind.
 */
export function normaliseIdentifier(kind: IdentifierKind, written: string): string | undefined {
  return written.length > longest ? undefined : normalisers[kind](written);
}

/** What somebody means by a text without saying of which kind it is: read from its shape; a name where it has none. */
export function kindOf(written: string): IdentifierKind | undefined {
  return shaped.find((kind) => normaliseIdentifier(kind, written) !== undefined);
}
const shaped: readonly IdentifierKind[] = ['phone', 'email', 'url', 'name'];

/** All that a text may be, one a kind: `kind:normal form`. */
export function keysOf(written: string): string[] {
  return identifierKinds.flatMap((kind) => {
    const normal = normaliseIdentifier(kind, written);
    return normal === undefined ? [] : [keyOf(kind, normal)];
  });
}

export function keyOf(kind: IdentifierKind, normal: string): string {
  return `${kind}:${normal}`;
}
