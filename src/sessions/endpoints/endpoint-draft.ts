import { loopAt, withAnswer } from '../../directory/loop-guard.ts';
import { agentOf } from '../../directory/directory.ts';
import {
  agentWork,
  freshWork,
  withEndpoint,
  type AgentWork,
  type EndpointEngagement,
  type EndpointWork,
} from '../../directory/agent-work.ts';
import type { Agent, Tenant } from '../../directory/tenant.ts';
import type { Address } from '../../channels/channel.ts';
import type { Decision, NewDelivery, NewEntry } from '../../delivery/delivery.ts';
import { lineLeg } from '../../delivery/message-links.ts';
import { derivedId } from '../../platform/derived-id.ts';
import type { DeliveryId, InboxEntryId } from '../../platform/ids.ts';
import { put, type Store, type Stored, type Write } from '../../store/store.ts';
import type { ConversationEvent, ConversationOperation, EndpointWord } from '../conversation-event.ts';
import type { EndpointPart } from '../session.ts';
import type { Endpoint } from './endpoint.ts';
import { operationsFor } from './to-endpoint.ts';

type EndpointDecision = Decision<ConversationEvent, ConversationOperation>;

/** What one decision at an agent's endpoint has come to so far. */
export class EndpointDraft {
  readonly tenant: Tenant;
  readonly endpoint: Endpoint;
  readonly agent: Agent;
  readonly now: number;
  readonly #entry: InboxEntryId;
  readonly #read: Stored<AgentWork> | undefined;
  #work: AgentWork;
  readonly #writes: Write[] = [];
  readonly #deliveries: NewDelivery<ConversationOperation>[] = [];
  readonly #entries: NewEntry<ConversationEvent>[] = [];

  constructor(
    tenant: Tenant,
    endpoint: Endpoint,
    entry: InboxEntryId,
    read: Stored<AgentWork> | undefined,
    now: number,
  ) {
    this.tenant = tenant;
    this.endpoint = endpoint;
    this.agent = agentOf(tenant, endpoint.agent);
    this.now = now;
    this.#entry = entry;
    this.#read = read;
    this.#work = read?.value ?? freshWork(tenant.availability);
  }

  static async open(
    { store, now }: { readonly store: Store; readonly now: () => number },
    tenant: Tenant,
    endpoint: Endpoint,
    entry: InboxEntryId,
  ): Promise<EndpointDraft> {
    const read = await store.get(tenant.id, agentWork, endpoint.agent);
    return new EndpointDraft(tenant, endpoint, entry, read, now());
  }

  get work(): AgentWork {
    return this.#work;
  }
  /** What goes on here. */
  get here(): EndpointWork {
    return this.#work.endpoints?.[this.endpoint.key] ?? {};
  }
  change(change: (here: EndpointWork) => EndpointWork): void {
    this.#work = withEndpoint(this.#work, this.endpoint.key, change);
  }

  /** As it is written to: under the name of ours that the agent wrote to last. */
  get part(): EndpointPart {
    const { key, line, address: id } = this.endpoint;
    const { via } = this.here;
    const address: Address = { id, ...(via === undefined ? {} : { via }) };
    return { key, line, address };
  }

  /** To the conversation with whose session something goes on here. */
  tell(
    { conversation, session }: Pick<EndpointEngagement, 'conversation' | 'session'>,
    word: EndpointWord,
  ): void {
    const { part, agent } = this;
    this.#entries.push({
      id: this.derive<InboxEntryId>(`word ${String(this.#entries.length)}`),
      key: conversation,
      event: { type: 'endpoint', agent: agent.id, session, part, word },
    });
  }

  say(text: string): void {
    const { key } = this.endpoint;
    const purpose = { agent: this.agent.id };
    const message = { content: { kind: 'text', text } } as const;
    for (const operation of operationsFor(this.tenant, this.part, message, { purpose }).operations)
      this.#deliveries.push({
        id: this.derive<DeliveryId>(`delivery ${String(this.#deliveries.length)}`),
        key: lineLeg(key),
        conversation: key,
        operation: { on: 'line', operation },
        tell: 'failure',
      });
  }

  /** What a person asked for, unless it comes faster than people ask. */
  answer(text: string): void {
    const { answersPerMinute } = this.tenant;
    const { answers } = this.here;
    if (loopAt(answers, this.now, answersPerMinute) === 'none') this.say(text);
    if (answersPerMinute === 0) return;
    this.change((here) => ({ ...here, answers: withAnswer(answers, this.now, answersPerMinute) }));
  }

  /** What nobody asked for: less and less often, since a machine may answer that. */
  help(text: string): void {
    const { times, at } = this.here.helped ?? { times: 0, at: 0 };
    const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.max(0, times - 1));
    if (times > 0 && this.now < at + restMs) return;
    this.change((here) => ({ ...here, helped: { times: times + 1, at: this.now } }));
    this.say(text);
  }

  write(...writes: readonly Write[]): void {
    this.#writes.push(...writes);
  }
  take(entries: readonly NewEntry<ConversationEvent>[]): void {
    this.#entries.push(...entries);
  }

  decision(): EndpointDecision {
    const before = this.#read?.value;
    const isChanged = before === undefined ? this.#work.endpoints !== undefined : before !== this.#work;
    const version = this.#read?.version ?? 'absent';
    const work = isChanged ? [put(agentWork, this.agent.id, this.#work, version)] : [];
    return {
      writes: [...this.#writes, ...work],
      deliveries: this.#deliveries,
      timers: [],
      entries: this.#entries,
    };
  }

  derive<Id extends string>(what: string): Id {
    return derivedId<Id>('endpoint', what, this.tenant.id, this.endpoint.key, this.#entry);
  }
}

const firstRestMs = 60_000;
const longestRestMs = 86_400_000;
