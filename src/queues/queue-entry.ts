import type { AgentId, ConversationId, LineId, QueueId } from '../platform/ids.ts';
import type { Medium } from '../message/medium.ts';
import type { Ring, SkillLevels } from '../directory/routing-policy.ts';
import type { Overflow } from '../directory/routing-rules.ts';
import { defineCollection } from '../store/store.ts';

/**
 * A session that waits for an agent; id = session. Written by its conversation when it enters, leaves, or an offer comes to nothing, and by
 * routing when it is offered: each with the version that was read, so neither overlooks the other.
 */
export interface QueueEntry {
  readonly conversation: ConversationId;
  readonly queue: QueueId;
  readonly state: 'waiting' | 'offered';
  /** Its place: the smallest goes first. See src/routing/rank.ts. */
  readonly rank: number;
  /** Since when the customer waits, counted over all queues. */
  readonly since: number;
  readonly enteredAt: number;
  readonly priority: number;
  readonly weight: number;
  /** Absent in entries of versions before 0.2. */
  readonly line?: LineId;
  readonly network: string;
  /** What its customer has sent in it; absent: nothing yet, or before this was kept. */
  readonly media?: readonly Medium[];
  /** Asked for by this session beyond what the queue asks. */
  readonly required: SkillLevels;
  readonly preferred: SkillLevels;
  /** Beside the queue's, by growing `afterMs`. */
  readonly rings?: readonly Ring[];
  /** Of which rule in which version they are: sessions with the same name have the same. */
  readonly ringsName?: string;
  /** Ways into other queues, looked at in order. */
  readonly overflow?: readonly Overflow[];
  readonly lastAgents: readonly AgentId[];
  /** Who declined or missed it in this round. */
  readonly declined: readonly AgentId[];
  readonly askAgainAt?: number;
  /** Whether the customer was told that nobody is free. */
  readonly told: boolean;
  /** Whether the customer was told that nobody works at this hour. */
  readonly toldClosed?: boolean;
  /** What the application said that chooses for the queue; `until`: when it is over with waiting for it. */
  readonly choice?: {
    readonly call: string;
    readonly until: number;
    readonly agent?: AgentId;
    readonly failure?: string;
  };
  /** To whom it is offered. */
  readonly agent?: AgentId;
  /** The queue takes it back then, whatever became of the news of the offer; absent in entries of earlier versions. */
  readonly offeredUntil?: number;
  /** That time was over when the queue looked last. */
  readonly overdue?: true;
  /** It waits no longer than that; absent: as long as it takes. */
  readonly until?: number;
  /** An application is asked while it waits: it is told when its place changes. */
  readonly asks?: true;
  /** Its place as the conversation was told it last. */
  readonly place?: { readonly position: number; readonly at: number };
  /** It has waited at a look at the places of the queue. */
  readonly looked?: true;
  /** How long it was thought to wait from that look on; absent where that was hidden. */
  readonly estimate?: WaitEstimate;
}

export interface WaitEstimate {
  readonly at: number;
  readonly ms: number;
}

export const queueEntries = defineCollection<QueueEntry>('queue-entries', {
  byState: ['state', 'rank'],
  byTold: ['told', 'rank'],
  byQueue: ['queue', 'rank'],
});

/** Beyond its time, how long an offer may take to reach the session, and its end to come back. */
export const offerGraceMs = 60_000;

/** Where everybody had declined and the time to ask again has come, a new round begins. */
export function offeredTo(
  entry: QueueEntry,
  { agent, forMs, now }: { readonly agent: AgentId; readonly forMs: number; readonly now: number },
): QueueEntry {
  const { askAgainAt, declined, choice: _, ...rest } = entry;
  const anew = askAgainAt !== undefined && askAgainAt <= now;
  return {
    ...rest,
    state: 'offered',
    agent,
    offeredUntil: now + forMs + offerGraceMs,
    declined: anew ? [] : declined,
    ...(anew || askAgainAt === undefined ? {} : { askAgainAt }),
  };
}

/**
 * Offered to an agent who does not take it: it keeps its place. The time to ask again is counted anew, from this answer: one that was
 * set while others were not to be had may be over already, and the same agent would be asked at once.
 */
export function passedOnBy(entry: QueueEntry, agent: AgentId): QueueEntry {
  // The queue may have given it to another already, who is still to hear of it.
  if (entry.agent !== undefined && entry.agent !== agent) return declinedBy(entry, agent);
  const { agent: _, askAgainAt: __, offeredUntil: ___, overdue: ____, ...rest } = entry;
  return { ...declinedBy(rest, agent), state: 'waiting' };
}

function declinedBy(entry: QueueEntry, agent: AgentId): QueueEntry {
  return { ...entry, declined: [...new Set([...entry.declined, agent])] };
}

/** Nobody works at this hour, and the customer is told so. */
export function leftOutOfHours(entry: QueueEntry): QueueEntry {
  return entry.toldClosed === true ? entry : { ...entry, toldClosed: true };
}

/** Nobody could be asked; `askAgainAt`: when whoever declined may be. */
export function leftUnanswered(entry: QueueEntry, askAgainAt?: number): QueueEntry {
  if (entry.told && askAgainAt === entry.askAgainAt) return entry;
  return { ...entry, told: true, ...(askAgainAt === undefined ? {} : { askAgainAt }) };
}
