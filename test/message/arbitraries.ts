import fc from 'fast-check';
import type { Capabilities } from '../../src/message/capabilities.ts';
import type { Content, MediaKind, Message, Reference } from '../../src/message/message.ts';

const awkward = fc.constantFrom(
  '👩‍👩‍👧‍👦',
  '🇺🇳',
  '👍🏽',
  'e\u0301',
  ' \u0301',
  '\ud83d',
  '\udc4d',
  '\r\n',
  '\n\n',
  '\u0000',
  '\u2060',
  '\u202e',
  'ไทย',
  '日本語。',
  'مرحبا',
  '*',
  '_',
  '~',
  '`',
  '```',
  '> ',
  '- ',
  '1. ',
  '\\',
  '[a](b)',
  'https://example.org/a_b?c=*d',
  '. ',
  '"',
  '&amp;',
  '&#0;',
  '<',
  'z\u0300\u0301\u0302\u0303\u0304',
);

/** Text with everything in it that has ever broken a converter. */
export const text = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(fc.oneof(awkward, fc.string({ maxLength: 8 }), fc.constant(' ')), { maxLength: 40 })
      .map((p) => p.join('')),
  },
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
);

const tag = fc.constantFrom(
  ...'p div b strong i em s del u code pre blockquote ul ol li a span h1 h3 br hr img table thead tbody tr td th caption sup details summary font foo script style mx-reply svg math textarea'.split(
    ' ',
  ),
);
const attribute = fc.constantFrom(
  '',
  ' href="https://example.org"',
  ' href="javascript:alert(1)"',
  ' href=" java\nscript:x"',
  ' src="mxc://a/b"',
  ' src=x onerror=alert(1)',
  ' data-mx-color="#ff0000"',
  ' data-mx-spoiler="<b>"',
  ' class="language-js x"',
  ' start="3"',
  ' style="x"',
  ' alt="<p>&amp;"',
  ' HREF="tel:1"',
);
const htmlPiece = fc.oneof(
  fc.tuple(tag, attribute).map(([t, a]) => `<${t}${a}>`),
  tag.map((t) => `</${t}>`),
  text,
  fc.constantFrom(
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<',
    '</',
    '&lt',
    '&#x3c;script>',
    '<p',
    '"',
    "'",
    '<br/>',
  ),
);
export const html = fc.array(htmlPiece, { maxLength: 30 }).map((pieces) => pieces.join(''));

const reference: fc.Arbitrary<Reference> = fc.record(
  { id: fc.string(), author: fc.string(), excerpt: text },
  { requiredKeys: ['id'] },
);

const mediaKind = fc.constantFrom<MediaKind>('image', 'audio', 'voice', 'video', 'file', 'sticker');
const media = fc.record(
  {
    source: fc.oneof(
      fc.record({
        type: fc.constant('matrix' as const),
        homeserver: fc.constant('hs'),
        mxc: fc.constant('mxc://a/b'),
      }),
      fc.record({
        type: fc.constant('url' as const),
        url: fc.oneof(fc.webUrl(), fc.constant('javascript:x')),
      }),
    ),
    mimeType: fc.constantFrom(
      'image/png',
      'image/webp',
      'audio/ogg; codecs=opus',
      'application/pdf',
      'video/mp4',
      '',
    ),
    fileName: text,
    sizeBytes: fc.integer({ min: 0, max: 200_000_000 }),
  },
  { requiredKeys: ['source', 'mimeType'] },
);

const number = fc.oneof(fc.double(), fc.double({ min: -180, max: 180, noNaN: true }));
export const content: fc.Arbitrary<Content> = fc.oneof(
  fc.record(
    { kind: fc.constant('text' as const), text, html, emote: fc.boolean() },
    { requiredKeys: ['kind', 'text'] },
  ),
  fc.record({ kind: fc.constant('text' as const), text }),
  fc.record(
    { kind: mediaKind, media, caption: text, captionHtml: html },
    { requiredKeys: ['kind', 'media'] },
  ),
  fc.record(
    { kind: fc.constant('location' as const), latitude: number, longitude: number, label: text },
    { requiredKeys: ['kind', 'latitude', 'longitude'] },
  ),
  fc.record({
    kind: fc.constant('contact' as const),
    name: text,
    phones: fc.array(text),
    emails: fc.array(text),
  }),
  fc.record({
    kind: fc.constant('choice' as const),
    text,
    options: fc.array(fc.record({ id: fc.string(), label: text })),
  }),
  fc.record({ kind: fc.constant('chosen' as const), id: fc.string(), label: text }),
  fc.record(
    { kind: fc.constant('page' as const), url: text, title: text },
    { requiredKeys: ['kind', 'url'] },
  ),
  fc.record({
    kind: fc.constant('template' as const),
    name: fc.string(),
    language: fc.string(),
    parameters: fc.array(text),
    text,
  }),
  fc.record({ kind: fc.constant('unsupported' as const), description: text }),
);

export const message: fc.Arbitrary<Message> = fc
  .record(
    {
      content,
      replyTo: reference,
      edits: reference,
      retracts: reference,
      reactsTo: fc.record(
        { id: fc.string(), emoji: fc.oneof(text, fc.constant('👍')), removed: fc.boolean(), excerpt: text },
        { requiredKeys: ['id', 'emoji'] },
      ),
    },
    { requiredKeys: [] },
  )
  .map((m) => {
    // Reactions and retractions are rare enough not to hide all else.
    const { retracts, reactsTo, ...rest } = m;
    if (rest.content !== undefined) return rest;
    return retracts === undefined ? (reactsTo === undefined ? {} : { reactsTo }) : { retracts };
  });

const mediaCapability = fc.record({
  mimeTypes: fc.subarray(['image/*', 'image/png', 'audio/ogg', 'video/mp4', '*/*', 'application/pdf']),
  maxBytes: fc.integer({ min: 1000, max: 100_000_000 }),
  maxCaption: fc.constantFrom(0, 10, 1000),
});
const maxAge = fc.oneof(
  fc.constant(false as const),
  fc.constant({}),
  fc.record({ maxAgeSeconds: fc.integer({ min: 0, max: 1000 }) }),
);

export const capabilities: fc.Arbitrary<Capabilities> = fc.record({
  text: fc.record({
    maxLength: fc.constantFrom(4, 5, 20, 70, 160, 1600, 65536),
    unit: fc.constantFrom('characters', 'utf16', 'bytes'),
  }),
  formatting: fc.constantFrom('plain', 'html', 'xep0393', 'whatsapp', 'markdown'),
  media: fc.record(
    {
      image: mediaCapability,
      audio: mediaCapability,
      voice: mediaCapability,
      video: mediaCapability,
      file: mediaCapability,
      sticker: mediaCapability,
    },
    { requiredKeys: [] },
  ),
  location: fc.boolean(),
  contact: fc.boolean(),
  reply: fc.boolean(),
  edit: maxAge,
  retract: maxAge,
  react: fc.oneof(
    fc.constant(false as const),
    fc.constant({ emoji: 'any' as const }),
    fc.constant({ emoji: ['👍', '❤️'] }),
  ),
  choice: fc.oneof(
    fc.constant(false as const),
    fc.record({ maxOptions: fc.integer({ min: 1, max: 10 }), maxLabel: fc.integer({ min: 1, max: 20 }) }),
  ),
  template: fc.boolean(),
  page: fc.boolean(),
  typing: fc.constant({ in: false, out: false }),
  receipts: fc.constant({ delivered: false, read: false, markRead: false }),
  startConversation: fc.boolean(),
  manyCorrespondents: fc.boolean(),
  resend: fc.constant('unclear'),
});
