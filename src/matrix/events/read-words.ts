import type { Content } from '../../message/message.ts';
import { parseCommand, unescapeCommand, unescapeCommandHtml, type ParsedCommand } from '../commands.ts';

/** What an agent's words are: a command, or something to say, without the sign that says it is no command. */
export function readWords(
  said: Content,
): { readonly command: ParsedCommand } | { readonly content: Content } {
  const words = wordsOf(said);
  if (words === undefined) return { content: said };
  const command = parseCommand(words);
  if (command !== undefined) return { command };
  return { content: unescapeCommand(words) === words ? said : unescaped(said) };
}

/** What the sender typed, where the content has such a thing. */
function wordsOf(content: Content): string | undefined {
  if (content.kind === 'text') return content.text;
  if (content.kind === 'location') return content.label;
  return 'caption' in content ? content.caption : undefined;
}

function unescaped(content: Content): Content {
  if (content.kind === 'text') {
    const { html: escapedHtml, ...rest } = content;
    const html = escapedHtml === undefined ? undefined : unescapeCommandHtml(escapedHtml);
    return { ...rest, text: unescapeCommand(content.text), ...(html === undefined ? {} : { html }) };
  }
  if (content.kind === 'location') return { ...content, label: unescapeCommand(content.label ?? '') };
  if (!('caption' in content)) return content;
  const { captionHtml: escapedHtml, ...rest } = content;
  const captionHtml = escapedHtml === undefined ? undefined : unescapeCommandHtml(escapedHtml);
  return {
    ...rest,
    caption: unescapeCommand(content.caption),
    ...(captionHtml === undefined ? {} : { captionHtml }),
  };
}
