import { ns } from './namespaces.ts';
import { element, flag, type Element } from './xml.ts';

// XEP-0444: each stanza says the whole set of somebody's reactions to a message.

export interface ReactionSet {
  /** Stanza id of the message reacted to. */
  readonly target: string;
  readonly emojis: readonly string[];
}

/** More are nobody's feelings. */
const maxEmojis = 20;
const maxEmojiLength = 64;

export function reactionsOf(message: Element): ReactionSet | undefined {
  const reactions = message.getChild('reactions', ns.reactions);
  const target = reactions?.attrs['id'];
  if (reactions === undefined || target === undefined) return undefined;
  const emojis = reactions
    .getChildren('reaction', ns.reactions)
    .map((reaction) => reaction.getText().trim())
    .filter((emoji) => emoji !== '' && emoji.length <= maxEmojiLength);
  return { target, emojis: [...new Set(emojis)].slice(0, maxEmojis) };
}

export function reactions({ target, emojis }: ReactionSet): Element[] {
  return [
    element(
      'reactions',
      { xmlns: ns.reactions, id: target },
      ...emojis.map((emoji) => element('reaction', {}, emoji)),
    ),
    flag('store', ns.hints),
  ];
}

/** What changed from one set to the next: taken back first. */
export function changedReactions(
  before: readonly string[],
  after: readonly string[],
): { readonly emoji: string; readonly removed: boolean }[] {
  return [
    ...before.filter((emoji) => !after.includes(emoji)).map((emoji) => ({ emoji, removed: true })),
    ...after.filter((emoji) => !before.includes(emoji)).map((emoji) => ({ emoji, removed: false })),
  ];
}

/** The set after one reaction more or less; an empty emoji takes back all. */
export function withReaction(before: readonly string[], emoji: string, removed: boolean): string[] {
  if (removed) return emoji === '' ? [] : before.filter((each) => each !== emoji);
  return before.includes(emoji) ? [...before] : [...before, emoji];
}
