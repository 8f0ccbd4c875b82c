import type { ChannelModule } from '../channel.ts';
import { xmppCapabilities } from './capabilities.ts';
import { XmppConnection } from './connection.ts';
import { normaliseAddress } from './normalise-address.ts';
import { xmppParameters, type XmppParameters } from './parameters.ts';

/** XMPP (Jabber), as an external component of the operator's server. */
export const xmpp: ChannelModule<XmppParameters> = {
  channel: 'xmpp',
  title: 'XMPP',
  parameters: xmppParameters,
  secretsGoTo: ['host', 'port'],
  capabilities: () => xmppCapabilities,
  normaliseAddress,
  holdsConnection: true,
  async open(line, host) {
    const connection = new XmppConnection(line, host);
    await connection.start();
    return connection;
  },
};
