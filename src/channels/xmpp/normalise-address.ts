import { as, type NativeAddress } from '../../platform/ids.ts';
import { bareJid, parseJid } from './jid.ts';

/** The account without the device; undefined for what is no account. */
export function normaliseAddress(written: string): NativeAddress | undefined {
  const jid = parseJid(written.trim().replace(/^xmpp:/i, ''));
  return jid?.local === undefined ? undefined : as(bareJid(jid));
}
