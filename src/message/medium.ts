import type { Content } from './message.ts';

/** The kinds of content that customers send, in the model's own words, as agents handle them or not. */
export const mediaOfCustomers = [
  'text',
  'image',
  'audio',
  'voice',
  'video',
  'file',
  'sticker',
  'location',
  'contact',
] as const;

export type Medium = (typeof mediaOfCustomers)[number];

/** Pressing a button is words, too. Undefined: what nobody can be shown asks nothing of an agent. */
export function mediumOf({ kind }: Content): Medium | undefined {
  switch (kind) {
    case 'unsupported':
      return undefined;
    case 'choice':
    case 'chosen':
    case 'page':
    case 'template':
      return 'text';
    default:
      return kind;
  }
}
