import type { Capabilities, MediaCapability } from '../../message/capabilities.ts';

/** Code units of UTF-16, what a browser's `maxlength` counts. */
export const maxTextLength = 10_000;
/** What an agent may send: larger than what a visitor may, since the browser only gets a link to it. */
const maxOutgoingBytes = 100 * 1024 * 1024;

const media = (...mimeTypes: string[]): MediaCapability => ({
  mimeTypes,
  maxBytes: maxOutgoingBytes,
  maxCaption: maxTextLength,
});

export const webCapabilities: Capabilities = {
  text: { maxLength: maxTextLength, unit: 'utf16' },
  formatting: 'html',
  media: {
    image: media('image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'),
    sticker: media('image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'),
    audio: media('audio/*'),
    voice: media('audio/*'),
    video: media('video/mp4', 'video/webm', 'video/ogg', 'video/quicktime'),
    file: media('*/*'),
  },
  location: true,
  contact: true,
  reply: true,
  edit: {},
  retract: {},
  react: { emoji: 'any' },
  choice: { maxOptions: 20, maxLabel: 200 },
  template: false,
  page: true,
  typing: { in: true, out: true },
  receipts: { delivered: true, read: true, markRead: true },
  startConversation: false,
  manyCorrespondents: true,
  resend: 'safe',
};
