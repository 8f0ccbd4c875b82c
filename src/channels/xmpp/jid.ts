/** An XMPP address in its parts, normalised (RFC 7622 as far as a component needs it: its server has checked the rest). */
export interface Jid {
  /** As it stands in the address: escaped. */
  readonly local?: string;
  readonly domain: string;
  readonly resource?: string;
}

const maxPartBytes = 1023;
const forbiddenInLocal = /["&'/:<>@\s\p{Cc}\p{Cs}]/u;
const forbiddenInDomain = /["&'/:<>@\\\s\p{Cc}\p{Cs}]/u;
const forbiddenInResource = /[\p{Cc}\p{Cs}]/u;

/** `undefined` for what is no address. Local part and domain are lower-cased, so that equal addresses are equal strings. */
export function parseJid(text: string): Jid | undefined {
  const slash = text.indexOf('/');
  const bare = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? undefined : text.slice(slash + 1).normalize('NFC');
  const at = bare.indexOf('@');
  const local = at < 0 ? undefined : normalised(bare.slice(0, at));
  const domain = normalised(bare.slice(at + 1)).replace(/\.$/, '');
  if (local !== undefined && !fits(local, forbiddenInLocal)) return undefined;
  if (!fits(domain, forbiddenInDomain)) return undefined;
  if (resource !== undefined && !fits(resource, forbiddenInResource)) return undefined;
  return {
    ...(local === undefined ? {} : { local }),
    domain,
    ...(resource === undefined ? {} : { resource }),
  };
}

/** The address of the account, without the device. */
export function bareJid(jid: Jid): string {
  return jid.local === undefined ? jid.domain : `${jid.local}@${jid.domain}`;
}

export function fullJid(jid: Jid): string {
  return jid.resource === undefined ? bareJid(jid) : `${bareJid(jid)}/${jid.resource}`;
}

const escapes: Readonly<Record<string, string>> = {
  ' ': '\\20',
  '"': '\\22',
  '&': '\\26',
  "'": '\\27',
  '/': '\\2f',
  ':': '\\3a',
  '<': '\\3c',
  '>': '\\3e',
  '@': '\\40',
  '\\': '\\5c',
};
const characters = Object.fromEntries(Object.entries(escapes).map(([character, code]) => [code, character]));

/**
 * Any name as a local part (XEP-0106). A backslash is escaped only where it would read as an escape.
 * `undefined` for a name that cannot be one: empty, too long, with control characters, or beginning or ending with a space.
 */
export function escapeLocal(name: string): string | undefined {
  const local = normalised(name).replace(
    /[ "&'/:<>@]|\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)/g,
    (character) => escapes[character] ?? character,
  );
  return name.startsWith(' ') || name.endsWith(' ') || !fits(local, forbiddenInLocal) ? undefined : local;
}

/** The name that a local part stands for. */
export function unescapeLocal(local: string): string {
  return local.replace(/\\(?:20|22|26|27|2f|3a|3c|3e|40|5c)/g, (code, offset: number) =>
    // A space may not begin or end a name, so there the code is taken as it stands.
    code === '\\20' && (offset === 0 || offset + code.length === local.length)
      ? code
      : (characters[code] ?? code),
  );
}

function normalised(part: string): string {
  return part.toLowerCase().normalize('NFC');
}

function fits(part: string, forbidden: RegExp): boolean {
  return part !== '' && Buffer.byteLength(part) <= maxPartBytes && !forbidden.test(part);
}
