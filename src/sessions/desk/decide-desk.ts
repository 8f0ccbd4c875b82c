import type { AgentId, MatrixUserId, MessageId, TenantId } from '../../platform/ids.ts';
import type { Decision, InboxEntry } from '../../delivery/delivery.ts';
import { messageOfNative, roomLeg } from '../../delivery/message-links.ts';
import { agentWork, freshWork } from '../../directory/agent-work.ts';
import { accountsOf } from '../../directory/directory.ts';
import type { Agent, Tenant } from '../../directory/tenant.ts';
import type { RawRoomEvent, RoomInput } from '../../matrix/room-input.ts';
import { put, type Store } from '../../store/store.ts';
import type { ConversationEvent, ConversationOperation, DeliveryResult } from '../conversation-event.ts';
import { sessions, type SessionRecord } from '../session.ts';
import { deskOf, desks, isDeserted, isDeskOf, membersOf } from './desk.ts';
import { onDeskCommand } from './desk-commands.ts';
import { DeskDraft } from './desk-draft.ts';
import { offerMessage } from './offer-card.ts';
import { readWaitingOf } from './waiting-of.ts';

type DeskDecision = Decision<ConversationEvent, ConversationOperation>;

export interface DeskOptions {
  readonly store: Store;
  readonly now: () => number;
  readonly fromRoomEvent: (tenant: TenantId, event: RawRoomEvent) => RoomInput;
}

/** Decides what an event at an agent's desk brings about. Only the agent's own words count there, from whichever of their accounts. */
export async function decideDesk(
  options: DeskOptions,
  tenant: Tenant,
  agent: Agent,
  entry: InboxEntry<ConversationEvent>,
): Promise<DeskDecision> {
  const { store } = options;
  const { event } = entry;
  const draft = new DeskDraft(tenant, agent, entry.id);
  if (event.type === 'desk')
    await (event.again === true ? callBack(options, draft) : openDesk(options, draft));
  if (event.type === 'delivery') await onCardDelivery(options, draft, event.result);
  if (event.type !== 'room') return draft.decision();

  const input = options.fromRoomEvent(tenant.id, event.event);
  if (input.kind === 'membership') await onMembership(store, draft, input);
  if (!accountsOf(agent).includes(input.sender)) return draft.decision();
  if (input.kind === 'command') {
    const work = (await store.get(tenant.id, agentWork, agent.id))?.value ?? freshWork(tenant.availability);
    const offered = await offersTo(store, tenant.id, agent.id, work.sessions);
    const waiting = await readWaitingOf(store, tenant, agent.id);
    draft.answer(input.eventId, onDeskCommand(draft, { work, offered, waiting, now: options.now() }, input));
  } else if (input.kind === 'message' && input.message.reactsTo !== undefined) {
    const { id, emoji, removed } = input.message.reactsTo;
    const accepts = answers.get(emoji.replaceAll('\uFE0F', ''));
    if (accepts === undefined || removed === true) return draft.decision();
    const card = await messageOfNative(store, tenant.id, roomLeg(deskOf(agent.id)), id);
    await answerOffer(options, draft, card, accepts);
  } else if (input.kind === 'message' && input.message.content !== undefined) {
    draft.answer(input.eventId, 'Nobody but you reads this. !help lists what you can write here.');
  }
  return draft.decision();
}

const answers: ReadonlyMap<string, boolean> = new Map([
  ['✅', true],
  ['👍', true],
  ['❌', false],
  ['👎', false],
]);

async function openDesk({ store, now }: DeskOptions, draft: DeskDraft): Promise<void> {
  const { agent, tenant } = draft;
  const read = await store.get(tenant.id, desks, agent.id);
  if (isDeskOf(read?.value, agent)) return;
  const users = accountsOf(agent);
  const former = read === undefined ? [] : membersOf(read.value);
  const left = (read?.value.left ?? []).filter((user) => users.includes(user));
  draft.write(
    put(
      desks,
      agent.id,
      {
        user: agent.user,
        ...(users.length === 1 ? {} : { users }),
        ...(left.length === 0 ? {} : { left }),
        invitedAt: now(),
      },
      read?.version ?? 'absent',
    ),
  );
  for (const user of former.filter((each) => !users.includes(each)))
    draft.toRoom({ kind: 'remove', user, reason: 'The desk belongs to another account now.' });
  inviteToDesk(
    draft,
    users.filter((user) => !former.includes(user)),
  );
  if (read?.value.user === agent.user) return;
  draft.toRoom({
    kind: 'notice',
    text: `This is your desk at ${tenant.name}, ${agent.name}. Write !available when you are there, !break or !busy for a while, !offline when you go. !help lists the rest.`,
  });
}

function inviteToDesk(draft: DeskDraft, users: readonly MatrixUserId[]): void {
  for (const user of users)
    draft.toRoom({ kind: 'invite', user, reason: `Your desk at ${draft.tenant.name}` });
}

/** The agent needs the desk, and has left it. */
async function callBack({ store, now }: DeskOptions, draft: DeskDraft): Promise<void> {
  const { agent, tenant } = draft;
  const read = await store.get(tenant.id, desks, agent.id);
  if (read === undefined || !isDeskOf(read.value, agent) || !isDeserted(read.value, now())) return;
  const { left: _, ...desk } = read.value;
  draft.write(put(desks, agent.id, { ...desk, invitedAt: now() }, read.version));
  inviteToDesk(draft, membersOf(desk));
}

async function onMembership(
  store: Store,
  draft: DeskDraft,
  { user, membership }: Extract<RoomInput, { kind: 'membership' }>,
): Promise<void> {
  const { tenant, agent } = draft;
  const read = await store.get(tenant.id, desks, agent.id);
  if (read === undefined || !membersOf(read.value).includes(user)) return;
  const { left = [], ...desk } = read.value;
  const others = left.filter((other) => other !== user);
  if (membership === 'leave' || membership === 'ban')
    draft.write(put(desks, agent.id, { ...desk, left: [...others, user] }, read.version));
  else if (membership === 'join' && left.includes(user))
    draft.write(
      put(desks, agent.id, { ...desk, ...(others.length === 0 ? {} : { left: others }) }, read.version),
    );
}

/** What stands open for the agent's answer. */
async function offersTo(
  store: Store,
  tenant: TenantId,
  agent: AgentId,
  held: readonly string[],
): Promise<SessionRecord[]> {
  const read = await Promise.all(held.map(async (id) => store.get(tenant, sessions, id)));
  return read.flatMap((session) => (session?.value.offer?.agent === agent ? [session.value] : []));
}

async function answerOffer(
  { store }: DeskOptions,
  draft: DeskDraft,
  card: MessageId | undefined,
  accepts: boolean,
): Promise<void> {
  const session = await offeredBy(store, draft, card);
  if (session?.offer !== undefined) draft.answerOffer(session, session.offer.number, accepts);
}

/** Who left the desk does not see the card that stands there now. */
async function onCardDelivery(options: DeskOptions, draft: DeskDraft, result: DeliveryResult): Promise<void> {
  const { status, messageId } = result;
  const isOver = status === 'sent' || status === 'failed' || status === 'unclear';
  const session = isOver ? await offeredBy(options.store, draft, messageId) : undefined;
  if (session?.offer === undefined) return;
  draft.tellOfCard(session, session.offer.number, status === 'sent');
  await callBack(options, draft);
}

/** The session that this card offers, while it does. */
async function offeredBy(
  store: Store,
  { tenant, agent }: DeskDraft,
  card: MessageId | undefined,
): Promise<SessionRecord | undefined> {
  const work = (await store.get(tenant.id, agentWork, agent.id))?.value;
  const offered = await offersTo(store, tenant.id, agent.id, work?.sessions ?? []);
  return offered.find(({ id, offer }) => offer !== undefined && offerMessage(id, offer.number) === card);
}
