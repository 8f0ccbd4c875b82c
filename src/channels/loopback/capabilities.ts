import type { Capabilities, MediaCapability } from '../../message/capabilities.ts';
import type { LoopbackParameters } from './parameters.ts';

export const maxFileBytes = 4 * 1024 * 1024;

const media = (...mimeTypes: string[]): MediaCapability => ({
  mimeTypes,
  maxBytes: maxFileBytes,
  maxCaption: 1000,
});

/** Everything that the contract knows. What is not kept for those who ask later needs somebody to tell it to at once. */
export function capabilities({ callbackUrl }: LoopbackParameters): Capabilities {
  const tellsAtOnce = callbackUrl !== undefined;
  return {
    text: { maxLength: 4000, unit: 'characters' },
    formatting: 'html',
    media: {
      image: media('image/*'),
      audio: media('audio/*'),
      voice: media('audio/*'),
      video: media('video/*'),
      file: media('*/*'),
      sticker: media('image/*'),
    },
    location: true,
    contact: true,
    reply: true,
    edit: {},
    retract: {},
    react: { emoji: 'any' },
    choice: { maxOptions: 10, maxLabel: 80 },
    template: false,
    page: true,
    typing: { in: true, out: tellsAtOnce },
    receipts: { delivered: true, read: true, markRead: tellsAtOnce },
    startConversation: true,
    manyCorrespondents: true,
    resend: 'safe',
  };
}
