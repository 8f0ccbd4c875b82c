import type { ChannelModule } from '../channel.ts';
import { xmppCapabilities } from './capabilities.ts';
import { XmppConnection } from './connection.ts';
import { xmppParameters, type XmppParameters } from './parameters.ts';

/** XMPP (Jabber), as an external component of the operator's server. */
export const xmpp: ChannelModule<XmppParameters> = {
  channel: 'xmpp',
  title: 'XMPP',
  parameters: xmppParameters,
  secretsGoTo: ['host', 'port'],
  capabilities: () => xmppCapabilities,
  holdsConnection: true,
  async open(line, host) {
    const connection = new XmppConnection(line, host);
    await connection.start();
    return connection;
  },
};
