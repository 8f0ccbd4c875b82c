import type { Loop } from '../directory/loop-guard.ts';
import type { RoomInput } from '../matrix/room-input.ts';

/**
 * What the relay knows when it decides whether an agent's event may reach the customer. Everything that is not a plain yes
 * is a no (design, 5.4: the relay fails closed).
 */
export interface RelayFacts {
  readonly session: 'none' | 'talking' | 'waiting' | 'offered' | 'active';
  /** Whether the sender is one of the tenant's declared agents. */
  readonly isAgent: boolean;
  /** Whether the sender's leg is connected to the open session. */
  readonly isConnected: boolean;
  readonly optedOut: boolean;
  /** Whether the tenant has the customer's line no longer. */
  readonly lineIsGone: boolean;
  /** Whether customer and agent seem to be two automatic answers that answer each other. */
  readonly loop: Loop;
  /** Between writing and our taking it in. */
  readonly ageMs: number;
  readonly maxAgeMs: number;
  /** Whether it was said in a thread, and whether that begins at something the customer said or was told. */
  readonly thread: 'none' | 'shared' | 'internal';
  /** For an edit, a retraction or a reaction: what its target is to us. */
  readonly target: 'none' | 'unknown' | 'customer' | 'own' | 'other-agent' | 'system' | 'system-notice';
}

export type RelayDecision =
  | { readonly relay: true }
  | {
      readonly relay: false;
      readonly because: RelayRefusal;
      /** Whether the sender is told. */ readonly tell: boolean;
    };

export type RelayRefusal =
  | 'not-a-message'
  | 'undecryptable'
  | 'no-session'
  | 'not-an-agent'
  | 'not-connected'
  | 'stale'
  | 'opted-out'
  | 'line-gone'
  | 'loop'
  | 'target-unknown'
  | 'target-not-own'
  | 'internal-thread'
  | 'unsupported-content'
  | 'empty';

export function decideRelay(input: RoomInput, facts: RelayFacts): RelayDecision {
  if (input.kind === 'undecryptable') return refuse('undecryptable', true);
  if (input.kind !== 'message') return refuse('not-a-message', false);
  const { message } = input;
  // Taking back is allowed to say nothing; everything else that says nothing is not passed on.
  const speaks =
    message.content !== undefined || message.retracts !== undefined || message.reactsTo !== undefined;
  if (!speaks) return refuse('empty', false);
  // Reactions and retractions of bystanders are everyday room life: refused without a word.
  const loud = message.content !== undefined;
  if (!facts.isAgent) return refuse('not-an-agent', loud);
  if (facts.session === 'none') return refuse('no-session', loud);
  if (!facts.isConnected) return refuse('not-connected', loud);
  if (facts.ageMs > facts.maxAgeMs) return refuse('stale', true);
  // Beneath a note, a command or one of our notices, agents are among themselves.
  if (facts.thread === 'internal') return refuse('internal-thread', true);
  if (message.content?.kind === 'unsupported') return refuse('unsupported-content', true);
  if (message.edits !== undefined || message.retracts !== undefined) {
    // What was never relayed (a note, a command) has nothing at the customer's that could be changed.
    if (facts.target === 'none' || facts.target === 'unknown')
      return refuse('target-unknown', message.edits !== undefined);
    if (message.edits !== undefined && facts.target !== 'own') return refuse('target-not-own', true);
    if (message.retracts !== undefined && facts.target === 'customer') return refuse('target-not-own', true);
  }
  if (
    message.reactsTo !== undefined &&
    facts.target !== 'customer' &&
    facts.target !== 'own' &&
    facts.target !== 'other-agent'
  ) {
    return refuse('target-unknown', false);
  }
  // Last, so that an agent learns of the opt-out only where the message would otherwise have gone.
  if (facts.lineIsGone) return refuse('line-gone', true);
  if (facts.optedOut) return refuse('opted-out', true);
  // Told once: a bot would answer that, too.
  if (facts.loop !== 'none' && loud) return refuse('loop', facts.loop === 'new');
  return { relay: true };
}

function refuse(because: RelayRefusal, tell: boolean): RelayDecision {
  return { relay: false, because, tell };
}

/** What the sender is told, in the room. */
export const refusalTexts: Readonly<Record<RelayRefusal, string>> = {
  'not-a-message': 'Not sent to the customer.',
  undecryptable:
    'Not sent to the customer: the message is encrypted, and this room must not be. Please switch encryption off or ask your administrator.',
  'no-session': 'Not sent to the customer: no session is open. The next message of the customer opens one.',
  'not-an-agent': 'Not sent to the customer: you are not one of this tenant’s agents.',
  'not-connected':
    'Not sent to the customer: you are not connected to this session, you only look on. !take takes it.',
  stale: 'Not sent to the customer: the message reached us too late. Send it again if it still holds.',
  'opted-out':
    'Not sent to the customer: they have opted out of messages. They can opt in again by writing START.',
  'line-gone':
    'Not sent to the customer: the line that they wrote to was removed. Close the session with !close.',
  loop: 'Not sent to the customer: you and the customer take turns faster than people do, as two automatic answers would. Write again in a minute; until then we do not say this again.',
  'target-unknown': 'Not sent to the customer: what you corrected was never sent to them.',
  'target-not-own': 'Not sent to the customer: only your own messages can be changed.',
  'internal-thread':
    'Not sent to the customer: they have no part in this thread. Write it outside of the thread if it is meant for them.',
  'unsupported-content': 'Not sent to the customer: this kind of message cannot be passed on.',
  empty: 'Not sent to the customer: the message is empty.',
};
