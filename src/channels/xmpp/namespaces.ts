/** Names of the protocols that we speak, by what they do. */
export const ns = {
  component: 'jabber:component:accept',
  streams: 'http://etherx.jabber.org/streams',
  stanzaErrors: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  /** XEP-0184 */
  receipts: 'urn:xmpp:receipts',
  /** XEP-0085 */
  chatStates: 'http://jabber.org/protocol/chatstates',
  /** XEP-0333 */
  markers: 'urn:xmpp:chat-markers:0',
  /** XEP-0308 */
  correction: 'urn:xmpp:message-correct:0',
  /** XEP-0424 */
  retraction: 'urn:xmpp:message-retract:1',
  /** XEP-0424 before version 0.4, carried by XEP-0422 */
  olderRetraction: 'urn:xmpp:message-retract:0',
  fasten: 'urn:xmpp:fasten:0',
  /** XEP-0444 */
  reactions: 'urn:xmpp:reactions:0',
  /** XEP-0461 */
  reply: 'urn:xmpp:reply:0',
  /** XEP-0428 */
  fallback: 'urn:xmpp:fallback:0',
  /** XEP-0066 */
  outOfBand: 'jabber:x:oob',
  /** XEP-0363 */
  upload: 'urn:xmpp:http:upload:0',
  /** XEP-0393 */
  styling: 'urn:xmpp:styling:0',
  /** XEP-0054 */
  vcard: 'vcard-temp',
  /** XEP-0153 */
  vcardUpdate: 'vcard-temp:x:update',
  /** XEP-0030 */
  discoInfo: 'http://jabber.org/protocol/disco#info',
  discoItems: 'http://jabber.org/protocol/disco#items',
  /** XEP-0115 */
  caps: 'http://jabber.org/protocol/caps',
  /** XEP-0199 */
  ping: 'urn:xmpp:ping',
  /** XEP-0092 */
  version: 'jabber:iq:version',
  /** XEP-0203 */
  delay: 'urn:xmpp:delay',
  /** XEP-0280 */
  carbons: 'urn:xmpp:carbons:2',
  /** XEP-0313 */
  archive: 'urn:xmpp:mam:2',
  /** XEP-0359 */
  stanzaIds: 'urn:xmpp:sid:0',
  /** XEP-0334 */
  hints: 'urn:xmpp:hints',
  /** XEP-0380 */
  encryption: 'urn:xmpp:eme:0',
  /** XEP-0172 */
  nick: 'http://jabber.org/protocol/nick',
  /** XEP-0080 */
  location: 'http://jabber.org/protocol/geoloc',
  /** XEP-0004 */
  dataForms: 'jabber:x:data',
} as const;
