import type { ChannelModule } from '../channel.ts';
import { webCapabilities } from './capabilities.ts';
import { openConnection } from './connection.ts';
import { webParameters, type WebParameters } from './parameters.ts';

/** Chat in a browser: a hosted page and an embeddable widget, served by Switchboard itself. */
export const web: ChannelModule<WebParameters> = {
  channel: 'web',
  title: 'Web chat',
  parameters: webParameters,
  capabilities: () => webCapabilities,
  // The largest file, and some room.
  maxBodyBytes: 20 * 1024 * 1024 + 65_536,
  open: async (line, host) => openConnection(line, host),
};
