import type { MessageId } from '../../platform/ids.ts';
import { kindOf } from '../ledger/read-ledger.ts';
import type { MessageRecord } from '../message-record.ts';
import { connectedAgents, type SessionRecord } from '../session.ts';
import type { HappeningType } from './happening.ts';

export interface Told {
  readonly type: HappeningType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What moves a session that was in a queue, or with an agent, to another one. `service`: instructions, of whomever: a dialog, an application, REST. */
export const moveCauses = ['agent left', 'overflow', 'queue removed', 'service'] as const;
export type MoveCause = (typeof moveCauses)[number];

/** What a decision has made of a conversation. */
export interface Change {
  readonly before: SessionRecord | undefined;
  readonly after: SessionRecord | undefined;
  /** Kept by the decision. */
  readonly messages: ReadonlyMap<MessageId, MessageRecord>;
  readonly line: string;
  readonly network: string;
  /** Why the session goes elsewhere, where it does; absent: an instruction says so. */
  readonly movedBy?: MoveCause;
}

/** What is worth telling of a decision, found by comparing. Pure. */
export function happeningsOf({ before: read, after, messages, line, network, movedBy }: Change): Told[] {
  const before = read?.id === after?.id ? read : undefined;
  const opened: Told[] =
    after !== undefined && before === undefined
      ? [{ type: 'session.opened', data: { line, network, contact: after.contact } }]
      : [];
  const received = [...messages].flatMap(([message, record]): Told[] =>
    record.author.kind === 'customer'
      ? [{ type: 'message.received', data: { message, kind: kindOf(record.message), line } }]
      : [],
  );
  return [...opened, ...received, ...(after === undefined ? [] : ofSession(before, after, movedBy))];
}

function ofSession(
  before: SessionRecord | undefined,
  after: SessionRecord,
  movedBy: MoveCause | undefined,
): Told[] {
  const { waitingSince, offer, queue, state } = after;
  const agentsBefore = before === undefined ? [] : connectedAgents(before).map(({ agent }) => agent);
  const agentsAfter = connectedAgents(after).map(({ agent }) => agent);
  const told: Told[] = transferred(before, after, movedBy);
  if (waitingSince !== undefined && (waitingSince !== before?.waitingSince || queue !== before.queue))
    told.push({ type: 'session.queued', data: { queue } });
  if (offer !== undefined && offer.number !== before?.offer?.number)
    told.push({ type: 'session.offered', data: { queue, agent: offer.agent, offer: offer.number } });
  for (const agent of agentsAfter.filter((one) => !agentsBefore.includes(one)))
    told.push({ type: 'session.accepted', data: { queue, agent, waitedMs: after.waitedMs ?? 0 } });
  // Whose session is closed has not left it.
  for (const agent of agentsBefore.filter((one) => state !== 'closed' && !agentsAfter.includes(one)))
    told.push({ type: 'session.left', data: { agent } });
  if (state === 'closed' && before?.state !== 'closed')
    told.push({ type: 'session.closed', data: { by: after.closedBy, openedAt: after.openedAt } });
  return told;
}

/** From one queue to another, from an agent back to a queue, or from one agent to another. Who waited nowhere yet was transferred from nowhere. */
function transferred(
  before: SessionRecord | undefined,
  after: SessionRecord,
  movedBy: MoveCause | undefined,
): Told[] {
  if (before === undefined || before.state === 'closed' || after.state === 'closed') return [];
  const [from] = connectedAgents(before);
  const stays = connectedAgents(after).some(({ agent }) =>
    connectedAgents(before).some((one) => one.agent === agent),
  );
  const [to] = connectedAgents(after);
  const hasWaited = before.waitingSince !== undefined || before.waitedMs !== undefined;
  const isRequeued = from !== undefined && to === undefined && after.waitingSince !== undefined;
  const isHandedOn = from !== undefined && to !== undefined && !stays;
  const changesQueue = hasWaited && after.waitingSince !== undefined && after.queue !== before.queue;
  if (!isRequeued && !isHandedOn && !changesQueue) return [];
  return [
    {
      type: 'session.transferred',
      data: {
        from: placeOf(before.queue, from?.agent),
        to: placeOf(after.queue, to?.agent),
        by: movedBy ?? 'service',
      },
    },
  ];
}

function placeOf(queue: string, agent: string | undefined): object {
  return { queue, ...(agent === undefined ? {} : { agent }) };
}
