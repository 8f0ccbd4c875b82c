import type { ChannelEvent } from '../../channels/channel.ts';
import { readWords } from '../../matrix/events/read-words.ts';
import type { ParsedCommand } from '../../matrix/commands.ts';
import type { EndpointEngagement } from '../../directory/agent-work.ts';
import { as } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import type { EndpointWord } from '../conversation-event.ts';
import { deskCommands, onDeskCommand } from '../desk/desk-commands.ts';
import { DeskDraft } from '../desk/desk-draft.ts';
import { readWaitingOf } from '../desk/waiting-of.ts';
import { isRoomCommand } from '../on-command.ts';
import type { EndpointDraft } from './endpoint-draft.ts';
import { answerLabels, understandOfferAnswer, type OfferAnswer } from './offer-answer.ts';

type Said = Extract<ChannelEvent, { kind: 'message' }>;

/** A word after an offer this long ago is no answer to it. */
const lateMs = 86_400_000;

const noSession =
  'Nobody reads this: you are in no session here. Offers come by themselves; !help lists what you can write.';

/** The agent wrote something at their endpoint: an answer to an offer, a command, or a word in the session that they have there. */
export async function onWord(store: Store, draft: EndpointDraft, said: Said): Promise<void> {
  const { content, edits } = said.message;
  const { engaged } = draft.here;
  const read = content === undefined ? undefined : readWords(content);
  if (read !== undefined && 'command' in read) {
    await onCommand(store, draft, said, read.command);
    return;
  }
  const words = read?.content;
  const isTalking = engaged?.state === 'connected' || engaged?.state === 'answered';
  const answer =
    words === undefined || edits !== undefined ? undefined : understandOfferAnswer(draft.tenant, words);
  if (engaged !== undefined && engaged.state !== 'connected' && isAnswerTo(engaged, answer)) {
    answerOffer(draft, engaged, answer.accepts);
  } else if (words?.kind === 'chosen' && answer !== undefined) draft.help('That offer is over.');
  else if (isTalking) {
    const message = { ...said.message, ...(words === undefined ? {} : { content: words }) };
    draft.tell(engaged, { what: 'message', id: said.id, at: said.at, message });
  } else if (words === undefined) return;
  else if (engaged !== undefined) sayHow(draft);
  else if (answer !== undefined && wasOfferedLately(draft)) {
    draft.change(({ offeredAt: _, ...here }) => here);
    draft.say('That offer is over.');
  } else draft.help(noSession);
}

/** A button of another offer is no answer to this one. */
function isAnswerTo(engaged: EndpointEngagement, answer: OfferAnswer | undefined): answer is OfferAnswer {
  if (answer === undefined) return false;
  return (
    answer.of === undefined || (answer.of.session === engaged.session && answer.of.offer === engaged.offer)
  );
}

/** Once; what else of the kind comes before it was decided is the same answer. */
function answerOffer(draft: EndpointDraft, engaged: EndpointEngagement, accepts: boolean): void {
  if (engaged.state === 'answered') return;
  draft.change(({ helped: _, ...here }) => ({ ...here, engaged: { ...engaged, state: 'answered' } }));
  draft.tell(engaged, { what: 'answer', offer: engaged.offer, accepts });
}

function sayHow(draft: EndpointDraft): void {
  const { accept, decline } = answerLabels(draft.tenant.texts);
  draft.help(`Nobody reads this yet. Answer 1 (${accept}) or 2 (${decline}).`);
}

function wasOfferedLately({ here, now }: EndpointDraft): boolean {
  return here.offeredAt !== undefined && now < here.offeredAt + lateMs;
}

async function onCommand(
  store: Store,
  draft: EndpointDraft,
  { id, at, message }: Said,
  { name, argument }: ParsedCommand,
): Promise<void> {
  const { engaged } = draft.here;
  const replyTo = message.replyTo?.id;
  const word: EndpointWord = {
    what: 'command',
    id,
    at,
    name,
    argument,
    ...(replyTo === undefined ? {} : { replyTo }),
  };
  draft.change(({ helped: _, ...here }) => here);
  if (engaged?.state === 'asked' && (name === 'accept' || name === 'decline')) {
    answerOffer(draft, engaged, name === 'accept');
    return;
  }
  const wrapUp = draft.work.wrapUps?.at(-1);
  if (name === 'done' && wrapUp !== undefined) {
    draft.tell(wrapUp, word);
    return;
  }
  const isTalking = engaged !== undefined && engaged.state !== 'asked';
  if (isTalking && (isRoomCommand(name) || !deskCommands.has(name))) {
    draft.tell(engaged, word);
    return;
  }
  await runAtDesk(store, draft, { id, at, name, argument });
}

/** What agents write at their desk, they may write here. */
async function runAtDesk(
  store: Store,
  draft: EndpointDraft,
  { id, at, name, argument }: Pick<Said, 'id' | 'at'> & ParsedCommand,
): Promise<void> {
  const { tenant, agent, work, now, part } = draft;
  const desk = new DeskDraft(tenant, agent, draft.derive('desk'));
  const waiting = await readWaitingOf(store, tenant, agent.id);
  const input = { kind: 'command', sender: agent.user, eventId: as<never>(id), at, name, argument } as const;
  draft.answer(onDeskCommand(desk, { work, offered: [], waiting, now }, input));
  const { entries = [] } = desk.decision();
  draft.take(
    entries.map((entry) =>
      entry.event.type === 'pull' ? { ...entry, event: { ...entry.event, at: part } } : entry,
    ),
  );
}
