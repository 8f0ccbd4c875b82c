import { escapeHtml, textAsHtml } from '../../message/matrix-html.ts';
import type { Content, TextContent } from '../../message/message.ts';

/** What a content without a Matrix kind of its own reads like in the room. Media and locations have one. */
export function readableContent(
  content: Exclude<Content, { readonly kind: 'text' | 'location' } | { readonly media: unknown }>,
): TextContent {
  switch (content.kind) {
    case 'contact':
      return {
        kind: 'text',
        text: [`Contact: ${content.name}`, ...content.phones, ...content.emails].join('\n'),
        html:
          `<p><strong>Contact: ${escapeHtml(content.name)}</strong></p>` +
          htmlList('ul', [
            ...content.phones.map((phone) => htmlLink(`tel:${phone.replace(/[^+\d]/gu, '')}`, phone)),
            ...content.emails.map((email) => htmlLink(`mailto:${email}`, email)),
          ]),
      };
    case 'choice':
      return {
        kind: 'text',
        text: [content.text, ...content.options.map(({ label }, index) => `${index + 1}. ${label}`)].join(
          '\n',
        ),
        html:
          `<p>${textAsHtml(content.text)}</p>` +
          htmlList(
            'ol',
            content.options.map(({ label }) => escapeHtml(label)),
          ),
      };
    case 'chosen':
      return { kind: 'text', text: content.label };
    case 'page':
      return content.title === undefined
        ? { kind: 'text', text: content.url }
        : {
            kind: 'text',
            text: `${content.title}\n${content.url}`,
            html: htmlLink(content.url, content.title),
          };
    case 'template':
      return { kind: 'text', text: content.text };
    case 'unsupported':
      return {
        kind: 'text',
        text: `[${content.description}: cannot be shown here]`,
        html: `<em>[${escapeHtml(content.description)}: cannot be shown here]</em>`,
      };
  }
}

function htmlList(tag: 'ol' | 'ul', items: readonly string[]): string {
  return items.length === 0 ? '' : `<${tag}>${items.map((item) => `<li>${item}</li>`).join('')}</${tag}>`;
}

/** Only what a client may open; anything else stays text. */
function htmlLink(url: string, label: string): string {
  return /^(?:https?|mailto|tel):/iu.test(url)
    ? `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`
    : escapeHtml(label === url ? label : `${label} (${url})`);
}
