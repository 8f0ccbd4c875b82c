import type { Content } from '../../message/message.ts';
import type { LoggedContent } from './log-entry.ts';

/** What the chat keeps of a message that was adapted to it. Kinds that the chat does not show become text. */
export function toLogged(content: Content): LoggedContent {
  switch (content.kind) {
    case 'template':
      return { kind: 'text', text: content.text };
    case 'unsupported':
      return { kind: 'text', text: content.description };
    case 'page':
      return isWebAddress(content.url) ? content : { kind: 'text', text: content.url };
    case 'chosen':
      return { kind: 'text', text: content.label };
    default:
      return content;
  }
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}

/** How a message begins, for a quote of it. */
export function excerptOf(content: LoggedContent | undefined): string | undefined {
  if (content === undefined) return undefined;
  switch (content.kind) {
    case 'text':
    case 'choice':
      return shortened(content.text);
    case 'chosen':
    case 'location':
      return shortened(content.label ?? '');
    case 'contact':
      return shortened(content.name);
    case 'page':
      return shortened(content.title ?? content.url);
    default:
      return shortened(content.caption ?? content.media.fileName ?? '');
  }
}

function shortened(text: string): string | undefined {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return undefined;
  return line.length <= 140
    ? line
    : `${line
        .slice(0, 139)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}
