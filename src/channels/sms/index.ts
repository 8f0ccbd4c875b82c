import type { ChannelModule } from '../channel.ts';
import { capabilities } from './capabilities.ts';
import { open } from './connection.ts';
import { normaliseAddress } from './normalise-address.ts';
import { parameters, type SmsParameters } from './parameters.ts';

/** Text messages by Twilio's HTTP API, with pictures where MMS exists, and WhatsApp for senders that Twilio connects to it. */
export const sms: ChannelModule<SmsParameters> = {
  channel: 'sms',
  title: 'SMS',
  parameters,
  secretsGoTo: ['apiBaseUrl'],
  capabilities,
  normaliseAddress,
  // Twilio's requests have some 2 kB; a text of 1600 characters, percent-encoded, has at most 20.
  maxBodyBytes: 256 * 1024,
  open,
};
