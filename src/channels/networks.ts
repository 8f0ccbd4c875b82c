// One line a network: this line and the network's own folder are all that a new network touches. Each exports one ChannelModule,
// named as its channel; people are shown them by name.
export { loopback } from './loopback/index.ts';
export { sms } from './sms/index.ts';
export { xmpp } from './xmpp/index.ts';
export { web } from './web/index.ts';
