import type { Capabilities, MediaCapability } from '../../message/capabilities.ts';
import type { MediaKind } from '../../message/message.ts';
import { isWhatsApp, type SmsParameters } from './parameters.ts';

/** Twilio's own limit, for every sender. */
const maxText = 1600;
const day = 86_400;

const media = (maxBytes: number, maxCaption: number, ...mimeTypes: string[]): MediaCapability => ({
  mimeTypes,
  maxBytes,
  maxCaption,
});

/** Sources: Twilio's lists of accepted types; other files than pictures are advised to stay under 500 kB in an MMS. */
const mmsMedia: Partial<Record<MediaKind, MediaCapability>> = {
  image: media(5_000_000, maxText, 'image/jpeg', 'image/png', 'image/gif'),
  audio: media(500_000, maxText, 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/3gpp', 'audio/amr'),
  video: media(500_000, maxText, 'video/mp4', 'video/3gpp', 'video/quicktime', 'video/webm'),
  file: media(500_000, maxText, 'application/pdf', 'text/vcard', 'text/calendar', 'text/plain'),
};

/** Unverified beyond Twilio's documents: captions of sound are not shown, so they go as texts. */
const whatsAppMedia: Partial<Record<MediaKind, MediaCapability>> = {
  image: media(5_000_000, 1024, 'image/jpeg', 'image/png'),
  audio: media(16_000_000, 0, 'audio/ogg', 'audio/mpeg', 'audio/mp4', 'audio/amr'),
  voice: media(16_000_000, 0, 'audio/ogg'),
  video: media(16_000_000, 1024, 'video/mp4'),
  file: media(16_000_000, 1024, 'application/pdf', 'text/vcard', 'text/plain'),
  sticker: media(100_000, 0, 'image/webp'),
};

export function capabilities(parameters: SmsParameters): Capabilities {
  const whatsApp = isWhatsApp(parameters);
  return {
    text: { maxLength: maxText, unit: 'characters', smsSegments: !whatsApp },
    formatting: whatsApp ? 'whatsapp' : 'plain',
    media: whatsApp ? whatsAppMedia : sendsMms(parameters) ? mmsMedia : {},
    location: whatsApp,
    contact: false,
    reply: false,
    edit: false,
    retract: false,
    react: false,
    choice: false,
    template: whatsApp,
    page: false,
    typing: { in: false, out: false },
    receipts: { delivered: true, read: whatsApp, markRead: false },
    ...(whatsApp ? { serviceWindowSeconds: day } : {}),
    startConversation: !whatsApp,
    manyCorrespondents: false,
    // Twilio has no idempotency key. What can be recognised, sent-log.ts recognises; it is not certain.
    resend: 'unclear',
  };
}

function sendsMms({ mms, from }: SmsParameters): boolean {
  return mms ?? /^\+(?:1|61)\d/.test(from ?? '');
}
