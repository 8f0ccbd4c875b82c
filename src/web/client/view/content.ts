import { h, spoken } from '../dom.ts';
import { icon } from '../icons.ts';
import type { MediaKind, WireContent, WireFile } from '../protocol.ts';
import { link, plainText, richText } from '../rich-text.ts';
import type { Language } from '../texts/language.ts';

export interface ContentContext {
  readonly language: Language;
  /** The line's address, without a slash at the end. */
  readonly base: string;
  /** The file itself, while the server does not have it yet. */
  readonly localFile?: File;
  /** The option that was picked, where there is one. */
  readonly chosen?: string;
  readonly pick: (option: { readonly id: string; readonly label: string }) => void;
}

/** What a message says, as nodes. */
export function contentView(content: WireContent, context: ContentContext): Node {
  switch (content.kind) {
    case 'text':
      return text(content.text, content.html, content.emote === true ? 'text emote' : 'text');
    case 'choice':
      return choice(content, context);
    case 'chosen':
      return text(content.label);
    case 'location':
      return location(content, context);
    case 'contact':
      return contact(content);
    case 'page':
      return card('link', content.title ?? content.url, content.url, context, new URL(content.url).host);
    default:
      return withCaption(media(content.kind, content.file, context), content.caption, content.captionHtml);
  }
}

/** What it says in a few words, for a quote. */
export function contentSummary(content: WireContent | undefined, language: Language): string {
  if (content === undefined) return language.text('gone');
  switch (content.kind) {
    case 'text':
    case 'choice':
      return content.text;
    case 'chosen':
      return content.label;
    case 'location':
      return content.label ?? language.text('openMap');
    case 'contact':
      return content.name;
    case 'page':
      return content.title ?? content.url;
    case 'voice':
      return content.caption ?? language.text('voice');
    default:
      return (
        content.caption ?? content.file.name ?? language.text(content.kind === 'image' ? 'image' : 'file')
      );
  }
}

function text(plain: string, html?: string, name = 'text'): HTMLElement {
  return h('div', { class: name, dir: 'auto' }, html === undefined ? plainText(plain) : richText(html));
}

function choice(content: WireContent & { kind: 'choice' }, context: ContentContext): Node {
  const options = content.options.map((option) =>
    h(
      'button',
      {
        type: 'button',
        class: 'option',
        dir: 'auto',
        disabled: context.chosen !== undefined,
        'aria-pressed': context.chosen === undefined ? undefined : String(option.id === context.chosen),
        click: () => context.pick(option),
      },
      option.label,
    ),
  );
  return h('div', {}, text(content.text), h('div', { class: 'options' }, ...options));
}

function location(content: WireContent & { kind: 'location' }, context: ContentContext): Node {
  const { latitude, longitude, label } = content;
  const address = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  const place = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return card('pin', label ?? place, address, context, context.language.text('openMap'));
}

function contact(content: WireContent & { kind: 'contact' }): Node {
  const lines = [
    ...content.phones.map((phone) => named(link(`tel:${phone.replace(/[^\d+]/g, '')}`), phone)),
    ...content.emails.map((email) => named(link(`mailto:${encodeURIComponent(email)}`), email)),
  ];
  return h(
    'div',
    { class: 'card' },
    h('span', { class: 'card-icon' }, icon('person')),
    h('span', { class: 'card-text' }, h('bdi', { class: 'card-title' }, content.name), ...lines),
  );
}

function named(anchor: HTMLAnchorElement | undefined, label: string): Node {
  const made = anchor ?? h('span');
  made.textContent = label;
  made.dir = 'ltr';
  return made;
}

function card(
  shape: 'link' | 'pin' | 'file',
  title: string,
  address: string,
  context: ContentContext,
  below: string,
): HTMLElement {
  const anchor = link(address) ?? h('span');
  anchor.className = 'card';
  anchor.append(
    h('span', { class: 'card-icon' }, icon(shape)),
    h(
      'span',
      { class: 'card-text' },
      h('bdi', { class: 'card-title' }, title),
      h('bdi', { class: 'card-below' }, below),
    ),
    spoken(context.language.text('opensNew')),
  );
  return anchor;
}

function withCaption(shown: Node, caption: string | undefined, html: string | undefined): Node {
  return caption === undefined ? shown : h('div', {}, shown, text(caption, html));
}

function media(kind: MediaKind, file: WireFile, context: ContentContext): Node {
  const address =
    context.localFile === undefined ? `${context.base}/${file.url}` : URL.createObjectURL(context.localFile);
  if (kind === 'image' || kind === 'sticker') return image(kind, file, address, context);
  if (kind === 'video') {
    const video = h('video', { controls: true, preload: 'metadata', src: address, 'aria-label': file.name });
    return fallingBack(video, file, address, context);
  }
  if (kind === 'audio' || kind === 'voice') {
    const label = file.name ?? context.language.text('voice');
    const audio = h('audio', { controls: true, preload: 'metadata', src: address, 'aria-label': label });
    return fallingBack(audio, file, address, context);
  }
  return fileCard(file, address, context);
}

function image(kind: MediaKind, file: WireFile, address: string, context: ContentContext): Node {
  const img = h('img', {
    src: address,
    alt: file.name ?? context.language.text('image'),
    decoding: 'async',
    class: kind === 'sticker' ? 'sticker' : undefined,
  });
  if (file.width !== undefined && file.height !== undefined) {
    // So that the messages below do not jump when it comes.
    img.width = file.width;
    img.height = file.height;
  }
  const shown = fallingBack(img, file, address, context);
  if (context.localFile !== undefined) return shown;
  return h('a', { class: 'picture', href: address, target: '_blank', rel: 'noopener noreferrer' }, shown);
}

/** What the browser cannot show, it can still save. */
function fallingBack(
  element: HTMLElement,
  file: WireFile,
  address: string,
  context: ContentContext,
): HTMLElement {
  const frame = h('div', { class: 'media' }, element);
  element.addEventListener('error', () => frame.replaceChildren(fileCard(file, address, context)), {
    once: true,
  });
  return frame;
}

function fileCard(file: WireFile, address: string, context: ContentContext): HTMLElement {
  const { language } = context;
  const name = file.name ?? language.text('file');
  const size = file.sizeBytes === undefined ? '' : language.size(file.sizeBytes);
  const made =
    context.localFile === undefined
      ? h('a', {
          class: 'card',
          href: address,
          download: name,
          target: '_blank',
          rel: 'noopener noreferrer',
          'aria-label': `${language.text('download', { name })} ${size}`,
        })
      : h('span', { class: 'card' });
  made.append(
    h('span', { class: 'card-icon' }, icon('file')),
    h(
      'span',
      { class: 'card-text' },
      h('bdi', { class: 'card-title' }, name),
      h('bdi', { class: 'card-below' }, size),
    ),
  );
  return made;
}
