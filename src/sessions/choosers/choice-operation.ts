import { as, type LegKey, type QueueId, type SessionId } from '../../platform/ids.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { DispatchedChoice } from '../../routing/dispatch.ts';
import type { ConversationEvent } from '../conversation-event.ts';

/** A question to the application that chooses for a queue. */
export interface ChoiceOperation {
  readonly kind: 'choose';
  readonly session: SessionId;
  readonly call: string;
  readonly queue: QueueId;
  readonly question: ChoiceQuestion;
}

/** What the application is sent. Waiting in seconds. */
export interface ChoiceQuestion {
  readonly tenant: string;
  readonly session: string;
  readonly queue: string;
  readonly network: string;
  readonly media: readonly string[];
  readonly waitedSeconds: number;
  readonly priority: number;
  readonly requiredSkills: Readonly<Record<string, number>>;
  readonly preferredSkills: Readonly<Record<string, number>>;
  /** Who could take it, best first by the queue's own order. */
  readonly agents: readonly {
    readonly id: string;
    readonly name: string;
    readonly skills: Readonly<Record<string, number>>;
    readonly load: number;
    readonly capacity: number;
    readonly sessions: number;
    readonly idleSince: string;
  }[];
}

/** Each session's questions go out by themselves. */
export function choiceLeg(session: SessionId): LegKey {
  return as(`chooser:${session}`);
}

export function choiceOperation(
  tenant: Tenant,
  { session, call, entry, agents }: DispatchedChoice,
  now: number,
): ChoiceOperation {
  const { queue, network, media = [], since, priority, required, preferred } = entry;
  return {
    kind: 'choose',
    session,
    call,
    queue,
    question: {
      tenant: tenant.id,
      session,
      queue,
      network,
      media,
      waitedSeconds: Math.round((now - since) / 1000),
      priority,
      requiredSkills: { ...tenant.queues.get(queue)?.policy.required, ...required },
      preferredSkills: preferred,
      agents: agents.map(({ id, skills, load, capacity, sessions, changedAt }) => ({
        id,
        name: tenant.agents.get(id)?.name ?? id,
        skills,
        load,
        capacity,
        sessions,
        idleSince: new Date(changedAt).toISOString(),
      })),
    },
  };
}

/** What became of a question, in the place where a delivery keeps a message's id. */
const chosePrefix = 'agent:';
const failedPrefix = 'failed:';

export function outcomeText(outcome: { readonly agent: string } | { readonly failure: string }): string {
  return 'agent' in outcome ? chosePrefix + outcome.agent : failedPrefix + outcome.failure;
}

/** What routing is told of an answer, or that there is none. */
export function chosenEvent({ session, call }: ChoiceOperation, outcome = ''): ConversationEvent {
  const about = { type: 'chosen', session, call } as const;
  if (outcome.startsWith(chosePrefix)) return { ...about, agent: as(outcome.slice(chosePrefix.length)) };
  const failure = outcome.startsWith(failedPrefix) ? outcome.slice(failedPrefix.length) : 'it was not asked';
  return { ...about, failure };
}
