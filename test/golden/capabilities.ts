import { capabilities as loopbackCapabilities } from '../../src/channels/loopback/capabilities.ts';
import { capabilities as smsCapabilities } from '../../src/channels/sms/capabilities.ts';
import { parameters as smsParameters } from '../../src/channels/sms/parameters.ts';
import { webCapabilities } from '../../src/channels/web/capabilities.ts';
import { xmppCapabilities } from '../../src/channels/xmpp/capabilities.ts';
import type { Capabilities } from '../../src/message/capabilities.ts';

function twilio(from: string): Capabilities {
  const accountSid = `AC${'0'.repeat(32)}`;
  return smsCapabilities(smsParameters.parse({ accountSid, authToken: 'no token', from }));
}

/** What each network's own folder says of it; the names are those of the folders beside this file. */
export const networks: Readonly<Record<string, Capabilities>> = {
  sms: twilio('+441632960001'),
  'sms-mms': twilio('+15551234567'),
  'sms-whatsapp': twilio('whatsapp:+15551234567'),
  xmpp: xmppCapabilities,
  web: webCapabilities,
  loopback: loopbackCapabilities({ secret: 'sixteen characters' }),
};
