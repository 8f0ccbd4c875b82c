/** How formatted text is read in one dialect. */
export interface Grammar {
  /** Longest first. */
  readonly signs: readonly { readonly sign: string; readonly tag: string }[];
  readonly opens: (before: string) => boolean;
  readonly closes: (after: string) => boolean;
  readonly lists: boolean;
  readonly links: boolean;
  readonly escapes: boolean;
}

const startOrSpace = (character: string): boolean => /^\s?$/.test(character);
const noWord = (character: string): boolean => /^[^\p{L}\p{N}\u2060]?$/u.test(character);

const styling = [
  { sign: '`', tag: 'code' },
  { sign: '*', tag: 'strong' },
  { sign: '_', tag: 'em' },
  { sign: '~', tag: 'del' },
];

export const grammars: Readonly<Record<'xep0393' | 'whatsapp' | 'markdown', Grammar>> = {
  xep0393: {
    signs: styling,
    opens: startOrSpace,
    closes: () => true,
    lists: false,
    links: false,
    escapes: false,
  },
  whatsapp: {
    signs: [{ sign: '```', tag: 'code' }, ...styling],
    opens: noWord,
    closes: noWord,
    lists: true,
    links: false,
    escapes: false,
  },
  markdown: {
    signs: [
      { sign: '`', tag: 'code' },
      { sign: '**', tag: 'strong' },
      { sign: '__', tag: 'strong' },
      { sign: '~~', tag: 'del' },
      { sign: '*', tag: 'em' },
      { sign: '_', tag: 'em' },
    ],
    opens: noWord,
    closes: noWord,
    lists: true,
    links: true,
    escapes: true,
  },
};
