import { parsePhoneNumberFromString } from 'libphonenumber-js';

/**
 * The form in which an identifier (phone number, unique id, URL, unique name, e-mail or postal address) is kept and compared,
 * so that one name written in several ways is one name. The kind is read from its shape.
 */
export function normaliseIdentifier(written: string): string {
  const text = written.normalize('NFKC').trim();
  const phone = /^\+?[\d\s().\-/]{5,}$/.test(text)
    ? parsePhoneNumberFromString(text.startsWith('+') ? text : `+${text}`)
    : undefined;
  if (phone?.isPossible() === true) return `phone:${phone.number}`;
  if (/^[^\s@/]+@[^\s@/]+$/.test(text)) return `email:${text.toLowerCase()}`;
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) {
    const url = new URL(text);
    return `url:${url.host}${url.pathname.replace(/\/+$/, '')}${url.search}`;
  }
  return `name:${text
    .toLowerCase()
    .replace(/[\s_.,;-]+/g, ' ')
    .trim()}`;
}
