import { adaptContent } from './adapt-content.ts';
import type { Adapted, AdaptContext } from './adapted.ts';
import { cutText, textPiece } from './adapt-text.ts';
import type { Capabilities } from './capabilities.ts';
import { excerpt } from './excerpt.ts';
import { isEmoji } from './is-emoji.ts';
import type { Loss } from './loss.ts';
import type { Content, Message, Reaction } from './message.ts';
import { surelyFits } from './text-length.ts';
import { withQuote, withStar } from './text-in-front.ts';

export type { Adapted, AdaptContext };

/**
 * One message as the messages that a network can show, and what was lost on the way. Pure; never throws; never gives what
 * the capabilities forbid. Text comes out in the network's dialect (`html` only where that is the dialect), so adapt once.
 *
 * `emote` stays on a text for the module to show as its network does.
 */
export function adapt(message: Message, capabilities: Capabilities, context: AdaptContext = {}): Adapted {
  if (isPlainText(message, capabilities)) return { messages: [message], lost: [] };
  if (message.retracts !== undefined) return adaptRetraction(message, capabilities, context);
  if (message.reactsTo !== undefined) return adaptReaction(message.reactsTo, capabilities);
  if (message.content === undefined) return { messages: [], lost: [] };

  const lost: Loss[] = [];
  let pieces = adaptContent(message.content, capabilities, context, lost);
  const edit = message.edits !== undefined;
  const shownAsReply = message.replyTo !== undefined && capabilities.reply;
  if (message.replyTo !== undefined && !shownAsReply && pieces.length > 0) {
    pieces = withQuote(pieces, message.replyTo.excerpt ?? '', capabilities, lost);
  }
  let contents = cut(pieces, capabilities, lost);
  const whole = contents.length === 1 && (context.target?.parts ?? 1) === 1;
  const edits = edit && whole && mayStillChange(capabilities.edit, context);
  if (edit && !edits && contents.length > 0) {
    lost.push({ kind: 'edit', detail: 'the correction went as a new message' });
    contents = cut(withStar(pieces, capabilities), capabilities, []);
  }
  if (contents.length > 1 && pieces.length < contents.length) {
    lost.push({ kind: 'split', detail: `sent as ${contents.length} messages` });
  }
  if (contents.length === 0 && lost.length === 0) {
    lost.push({ kind: 'unsupported', detail: 'there was nothing in it to show' });
  }
  const messages = contents.map((content, index): Message => {
    const first = index === 0;
    return {
      content,
      ...(first && shownAsReply ? { replyTo: message.replyTo } : {}),
      ...(first && edits ? { edits: message.edits } : {}),
    };
  });
  return { messages, lost: onePerKind(lost) };
}

/** What most messages are, and what must cost nothing. */
function isPlainText(message: Message, capabilities: Capabilities): boolean {
  const { content } = message;
  return (
    content?.kind === 'text' &&
    content.html === undefined &&
    (capabilities.formatting !== 'markdown' || /^[\w ,;:?'"]*$/.test(content.text)) &&
    message.replyTo === undefined &&
    message.edits === undefined &&
    message.retracts === undefined &&
    message.reactsTo === undefined &&
    surelyFits(content.text, capabilities.text.maxLength, capabilities.text.unit) &&
    isClean(content.text)
  );
}

const nothingButText = /^[\n\t\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
function isClean(text: string): boolean {
  return nothingButText.test(text) && text.trim() !== '';
}

function adaptRetraction(message: Message, capabilities: Capabilities, context: AdaptContext): Adapted {
  if (message.retracts !== undefined && mayStillChange(capabilities.retract, context)) {
    return { messages: [{ retracts: message.retracts }], lost: [] };
  }
  return { messages: [], lost: [{ kind: 'retraction', detail: 'the message could not be taken back' }] };
}

function mayStillChange(can: Capabilities['edit'] | Capabilities['retract'], context: AdaptContext): boolean {
  if (can === false) return false;
  return (context.target?.ageSeconds ?? 0) <= (can.maxAgeSeconds ?? Infinity);
}

function adaptReaction(reaction: Reaction, capabilities: Capabilities): Adapted {
  if (reaction.removed === true) {
    if (capabilities.react !== false) return { messages: [{ reactsTo: reaction }], lost: [] };
    return { messages: [], lost: [{ kind: 'reaction', detail: 'the reaction could not be taken back' }] };
  }
  if (canReact(reaction.emoji, capabilities)) return { messages: [{ reactsTo: reaction }], lost: [] };
  const what = excerpt(reaction.emoji, 40);
  if (what === '')
    return { messages: [], lost: [{ kind: 'reaction', detail: 'an empty reaction was left out' }] };
  const about = excerpt(reaction.excerpt ?? '', 60);
  const lost: Loss[] = [{ kind: 'reaction', detail: 'the reaction went as text' }];
  const line = about === '' ? `Reacted ${what}` : `Reacted ${what} to "${about}"`;
  const contents = cut([textPiece(line, undefined, capabilities, lost)], capabilities, lost);
  return { messages: contents.map((content) => ({ content })), lost };
}

function canReact(emoji: string, { react }: Capabilities): boolean {
  if (react === false || !isEmoji(emoji)) return false;
  const bare = (text: string): string => text.replaceAll('\ufe0f', '');
  return react.emoji === 'any' || react.emoji.some((allowed) => bare(allowed) === bare(emoji));
}

/** Every text no longer than allowed. */
function cut(pieces: readonly Content[], capabilities: Capabilities, lost: Loss[]): Content[] {
  return pieces.flatMap((piece): Content[] => {
    if (piece.kind === 'text') return cutText(piece, capabilities, lost);
    if (piece.kind !== 'choice') return [piece];
    const parts = cutText({ kind: 'text', text: piece.text }, capabilities, lost);
    return [...parts.slice(0, -1), { ...piece, text: parts.at(-1)?.text ?? '' }];
  });
}

function onePerKind(lost: readonly Loss[]): Loss[] {
  return lost.filter((loss, index) => lost.findIndex((other) => other.kind === loss.kind) === index);
}
