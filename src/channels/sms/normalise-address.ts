import { normalisePhone } from '../../directory/identifiers/phone.ts';
import { as, type NativeAddress } from '../../platform/ids.ts';
import { isWhatsApp, type SmsParameters } from './parameters.ts';

/** A person's number as Twilio writes it on this line; undefined for what is no number. */
export function normaliseAddress(
  written: string,
  parameters: Pick<SmsParameters, 'from'>,
): NativeAddress | undefined {
  const number = normalisePhone(written.trim().replace(/^whatsapp:/i, ''));
  if (number === undefined) return undefined;
  return as(isWhatsApp(parameters) ? `whatsapp:${number}` : number);
}
