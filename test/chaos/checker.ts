import { parseTag, tagText, type MessageTag } from './message-tag.ts';

/** Something that stands in a room, or that a customer's network took, in the order in which it came. */
export interface Seen {
  /** Whose room or customer it is. */
  readonly tenant: string;
  readonly conversation: string;
  readonly text: string;
}

/** One direction of a run. */
export interface History {
  /** Acknowledged messages: who sent them was told that they will arrive. */
  readonly acknowledged: readonly MessageTag[];
  /** Sent, and never acknowledged: may arrive or not. */
  readonly unacknowledged?: readonly MessageTag[];
  readonly seen: readonly Seen[];
  /** Texts of messages of which somebody was told that they may or may not have gone out. */
  readonly unclear?: readonly string[];
}

/** What is wrong; all empty is right. Texts of the messages concerned. */
export interface Verdict {
  /** Acknowledged, nowhere seen, and nobody was told. */
  readonly lost: readonly string[];
  /** Each sighting after the first. */
  readonly duplicated: readonly string[];
  /** First seen after a later one of the same conversation. */
  readonly reordered: readonly string[];
  /** Seen, but never sent. */
  readonly unexpected: readonly string[];
  /** Seen in a place that is not its own. */
  readonly leaked: readonly string[];
}

export function check(history: History): Verdict {
  const sent = new Set([...history.acknowledged, ...(history.unacknowledged ?? [])].map(tagText));
  const found = new Set<string>();
  const highest = new Map<string, number>();
  const verdict = {
    lost: [] as string[],
    duplicated: [] as string[],
    reordered: [] as string[],
    unexpected: [] as string[],
    leaked: [] as string[],
  };
  for (const { tenant, conversation, text } of history.seen) {
    const tag = parseTag(text);
    if (tag === undefined || !sent.has(text)) {
      verdict.unexpected.push(text);
      continue;
    }
    if (tag.tenant !== tenant || tag.conversation !== conversation) {
      verdict.leaked.push(text);
      continue;
    }
    if (found.has(text)) {
      verdict.duplicated.push(text);
      continue;
    }
    found.add(text);
    const place = `${tenant}/${conversation}`;
    const before = highest.get(place) ?? -1;
    if (tag.sequence < before) verdict.reordered.push(text);
    highest.set(place, Math.max(before, tag.sequence));
  }
  const excused = new Set(history.unclear);
  for (const text of history.acknowledged.map(tagText))
    if (!found.has(text) && !excused.has(text)) verdict.lost.push(text);
  return verdict;
}

export const allRight: Verdict = { lost: [], duplicated: [], reordered: [], unexpected: [], leaked: [] };
