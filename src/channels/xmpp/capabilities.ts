import type { Capabilities, MediaCapability } from '../../message/capabilities.ts';

/** What the upload service does not take goes as a link, so the limit is ours. A caption would keep apps from showing the picture. */
function media(...mimeTypes: readonly string[]): MediaCapability {
  return { mimeTypes, maxBytes: 100 * 1024 * 1024, maxCaption: 0 };
}

export const xmppCapabilities: Capabilities = {
  // Servers take stanzas of 256 KiB and more; a character takes up to 5 bytes in XML.
  text: { maxLength: 20_000, unit: 'characters' },
  formatting: 'xep0393',
  media: {
    image: media('image/*'),
    audio: media('audio/*'),
    voice: media('audio/*'),
    video: media('video/*'),
    file: media('*/*'),
  },
  location: true,
  contact: false,
  reply: true,
  edit: {},
  retract: {},
  react: { emoji: 'any' },
  choice: false,
  template: false,
  page: false,
  typing: { in: true, out: true },
  receipts: { delivered: true, read: true, markRead: true },
  startConversation: true,
  manyCorrespondents: false,
  // The same stanza id is sent again, and a stream is only trusted once the server has answered behind it.
  resend: 'safe',
};
