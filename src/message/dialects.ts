import type { FormattingDialect } from './capabilities.ts';

export type Mark = 'bold' | 'italic' | 'strike' | 'code';

/** How one dialect writes formatted text. `html` is not among them: it needs no writing. */
export interface Dialect {
  /** What stands before and after a span; absent: shown without. */
  readonly marks: Readonly<Partial<Record<Mark, string>>>;
  /** Whether a span may begin after this character, and end before that one; both empty at the edges of a line. */
  readonly spanFits: (before: string, after: string) => boolean;
  /** Text that is to be read as text. `before` is the character in front of it, empty at the start of a line. */
  readonly escape: (text: string, before: string) => string;
  readonly escapeLineStart: (line: string) => string;
  readonly codeBlock: (code: string, language: string) => string;
  readonly link: (label: string, url: string) => string;
  /** Whether the line after a quote would be read as part of it. */
  readonly quoteRunsOn: boolean;
}

/**
 * U+2060. Message styling and WhatsApp have no escape character, but a directive opens only where a word may begin; an
 * invisible joiner in front of it takes that away and changes nothing that is seen.
 */
export const joiner = '\u2060';

/** A web address in running text, which no dialect may change a character of. */
export const urlInText = /\bhttps?:\/\/[^\s<>"]+/g;

const same = (text: string): string => text;
const labelAndUrl = (label: string, url: string): string => `${label} (${url})`;

const plain: Dialect = {
  marks: {},
  spanFits: () => true,
  escape: same,
  escapeLineStart: same,
  codeBlock: same,
  link: labelAndUrl,
  quoteRunsOn: false,
};

const fence = (code: string, language: string): string =>
  `\`\`\`${language}\n${code.replace(/^```/gm, `${joiner}\`\`\``)}\n\`\`\``;

function joinBeforeDirectives(opensAfter: RegExp): Dialect['escape'] {
  return (text, before) =>
    text.replace(/[*_~`](?=\S|$)/g, (sign: string, at: number) =>
      opensAfter.test(at === 0 ? before : (text[at - 1] ?? '')) ? joiner + sign : sign,
    );
}

const joinBeforeBlocks = (line: string): string => line.replace(/^(?=>|```)/, joiner);

/** XEP-0393: a span opens at the start of a line or after white space, and ends anywhere. */
const startOrSpace = /^\s?$/;
const xep0393: Dialect = {
  marks: { bold: '*', italic: '_', strike: '~', code: '`' },
  spanFits: (before) => startOrSpace.test(before),
  escape: joinBeforeDirectives(startOrSpace),
  escapeLineStart: joinBeforeBlocks,
  codeBlock: (code) => fence(code, ''),
  link: labelAndUrl,
  quoteRunsOn: false,
};

/** WhatsApp: a span has no letter or digit in front of it or behind it. */
const noWordCharacter = /^[^\p{L}\p{N}\u2060]?$/u;
const whatsapp: Dialect = {
  ...xep0393,
  spanFits: (before, after) => noWordCharacter.test(before) && noWordCharacter.test(after),
  escape: joinBeforeDirectives(noWordCharacter),
  // Besides quotes and code blocks, a star and a space begin a list item, which would show as a dot.
  escapeLineStart: (line) => line.replace(/^(?=>|```|\* )/, joiner),
};

/** What CommonMark and its kin agree on. */
const markdown: Dialect = {
  marks: { bold: '**', italic: '*', strike: '~~', code: '`' },
  spanFits: (before, after) => noWordCharacter.test(before) && noWordCharacter.test(after),
  escape: (text) => outsideUrls(text, (part) => part.replace(/[\\`*_~[\]<>]/g, '\\$&')),
  escapeLineStart: (line) =>
    line.replace(/^(\s*)([-+#]+|\d{1,9}(?=[.)]))(?=[.)\s])/, (_match, space: string, start: string) =>
      /\d$/.test(start) ? `${space}${start}\\` : `${space}\\${start}`,
    ),
  codeBlock: fence,
  link: (label, url) =>
    label === url
      ? url
      : `[${label}](${url.replace(/[()\s]/g, (c) => encodeURIComponent(c).replace('(', '%28').replace(')', '%29'))})`,
  quoteRunsOn: true,
};

const dialects: Readonly<Record<Exclude<FormattingDialect, 'html'>, Dialect>> = {
  plain,
  xep0393,
  whatsapp,
  markdown,
};

export function dialectOf(name: Exclude<FormattingDialect, 'html'>): Dialect {
  return dialects[name];
}

/** Applies `change` to what lies between web addresses. */
function outsideUrls(text: string, change: (part: string) => string): string {
  let out = '';
  let at = 0;
  for (const match of text.matchAll(urlInText)) {
    out += change(text.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return out + change(text.slice(at));
}
