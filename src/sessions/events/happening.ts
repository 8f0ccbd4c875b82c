import { as, type ConversationId, type SessionId } from '../../platform/ids.ts';

/** What integrators are told of. */
export const happeningTypes = [
  'session.opened',
  'session.queued',
  'session.offered',
  'session.accepted',
  'session.left',
  'session.transferred',
  'session.closed',
  'message.received',
  'message.sent',
  'message.delivered',
  'message.read',
  'message.failed',
  'queue.threshold',
  'agent.availability',
  'line.state',
  'webhook.disabled',
] as const;

export type HappeningType = (typeof happeningTypes)[number];

/** Something that happened, in ids and facts: never what was said. JSON data. */
export interface Happening {
  /** Derived from what brought it about: told twice, it is the same. */
  readonly id: string;
  readonly type: HappeningType;
  readonly at: number;
  /** Those of one conversation are told in the order in which they happened. */
  readonly conversation?: ConversationId;
  readonly session?: SessionId;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Each tenant's happenings are put in order one decision at a time, so that nobody who reads on from a place overlooks one. */
export const eventsKey = as<ConversationId>('events');
