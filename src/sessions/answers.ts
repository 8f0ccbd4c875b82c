import type { MatrixEventId } from '../platform/ids.ts';
import { loopAt, withAnswer, type Loop } from '../directory/loop-guard.ts';
import type { Draft } from './draft.ts';

/** The customer has the word: what goes to them next is an answer. */
export function customerSpoke(draft: Draft): void {
  const { answersPerMinute } = draft.state.tenant;
  if (answersPerMinute === 0 || draft.conversation.loopGuard?.customerSpoke === true) return;
  draft.conversation = {
    ...draft.conversation,
    loopGuard: { ...draft.conversation.loopGuard, customerSpoke: true },
  };
}

/** Whether a word to the customer at this time would be one answer too many. Several words in a row are one answer. */
export function loopToCustomer(draft: Draft, at: number): Loop {
  const { customerSpoke: isAnswer = false, toCustomer } = draft.conversation.loopGuard ?? {};
  return isAnswer ? loopAt(toCustomer, at, draft.state.tenant.answersPerMinute) : 'none';
}

/** Counts a word to the customer, or that it was kept back. */
export function countToCustomer(draft: Draft, at: number): void {
  const guard = draft.conversation.loopGuard ?? {};
  if (guard.customerSpoke !== true) return;
  const { answersPerMinute } = draft.state.tenant;
  const isKeptBack = loopToCustomer(draft, at) !== 'none';
  draft.conversation = {
    ...draft.conversation,
    loopGuard: {
      ...guard,
      customerSpoke: isKeptBack,
      toCustomer: withAnswer(guard.toCustomer, at, answersPerMinute),
    },
  };
}

const goneSilent =
  'Somebody here writes faster than people do, as a bot would that answers our notices. We say no more until a minute has passed with fewer of them.';

/** Answers somebody in the room, who may be a bot that answers in turn. */
export function answerInRoom(draft: Draft, about: MatrixEventId, text: string): void {
  const loop = countAnswer(draft);
  if (loop === 'known') return;
  draft.toRoom({ kind: 'notice', text: loop === 'new' ? goneSilent : text, about }, 'never');
}

/** Whether an agent outside Matrix is answered, who may be a machine as well; counts it. */
export function mayAnswer(draft: Draft): boolean {
  return countAnswer(draft) === 'none';
}

function countAnswer(draft: Draft): Loop {
  const { now, tenant } = draft.state;
  const times = draft.conversation.loopGuard?.inRoom;
  const loop = loopAt(times, now, tenant.answersPerMinute);
  if (loop !== 'known' && tenant.answersPerMinute > 0) {
    const inRoom = withAnswer(times, now, tenant.answersPerMinute);
    draft.conversation = {
      ...draft.conversation,
      loopGuard: { ...draft.conversation.loopGuard, inRoom },
    };
  }
  return loop;
}
