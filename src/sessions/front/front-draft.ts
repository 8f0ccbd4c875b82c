import type { ChannelEvent } from '../../channels/channel.ts';
import type { Decision, NewDelivery, NewEntry } from '../../delivery/delivery.ts';
import { lineLeg } from '../../delivery/message-links.ts';
import type { FrontTexts } from '../../directory/front-texts.ts';
import type { Owner } from '../../directory/identifiers/identifier-index.ts';
import { adapt } from '../../message/adapt.ts';
import type { Capabilities } from '../../message/capabilities.ts';
import type { Content } from '../../message/message.ts';
import { derivedId } from '../../platform/derived-id.ts';
import {
  as,
  type ConversationId,
  type DeliveryId,
  type InboxEntryId,
  type LegKey,
} from '../../platform/ids.ts';
import { sharedTenantId } from '../../directory/shared-tenant.ts';
import { put, remove, type Stored, type Write } from '../../store/store.ts';
import type { ConversationEvent, ConversationOperation } from '../conversation-event.ts';
import {
  fronts,
  heldId,
  heldMessages,
  type FrontQuestion,
  type FrontRecord,
  type HeldMessage,
} from './front-record.ts';
import { questionContent } from './question-content.ts';

type FrontDecision = Decision<ConversationEvent, ConversationOperation>;

/** What a decision about a customer of a shared line may look at. */
export interface FrontState {
  readonly id: ConversationId;
  readonly now: number;
  readonly record: Stored<FrontRecord> | undefined;
  /** Messages that wait; absent: not read. */
  readonly held?: HeldPage;
  readonly capabilities: Capabilities;
  readonly texts: FrontTexts;
  /** As the customer sees the line. */
  readonly lineName: string;
}

/** The oldest of the messages that wait, and whether there are others. */
export interface HeldPage {
  readonly page: readonly Stored<HeldMessage>[];
  readonly isMore: boolean;
}

/** A decision needs messages that wait: it is taken again with the oldest of them. */
export class HeldWanted extends Error {
  override readonly name = 'HeldWanted';
}

/** What one decision about a customer of a shared line has come to so far. Does no I/O; the same entry and state give the same. */
export class FrontDraft {
  readonly state: FrontState;
  readonly #entry: InboxEntryId;
  readonly #writes: Write[] = [];
  readonly #deliveries: NewDelivery<ConversationOperation>[] = [];
  #record: FrontRecord;
  #waiting: readonly { readonly number: number; readonly event: ChannelEvent }[];
  #fresh = new Set<number>();
  #goesOn = false;

  constructor(state: FrontState, entry: InboxEntryId, fresh: FrontRecord) {
    this.state = state;
    this.#entry = entry;
    this.#record = state.record?.value ?? fresh;
    this.#waiting = state.held?.page.map(({ value }) => value) ?? [];
  }

  get record(): FrontRecord {
    return this.#record;
  }
  /** Some of what waits goes out later: what comes now must not overtake it. */
  get isBehind(): boolean {
    return this.state.held?.isMore === true;
  }
  change(change: Partial<FrontRecord>): void {
    this.#record = { ...this.#record, ...change };
  }
  /** Takes away what is absent from then on. */
  clear(...fields: readonly ('question' | 'parkedAt' | 'owner')[]): void {
    const left = Object.entries(this.#record).filter(([name]) => !fields.some((field) => field === name));
    this.#record = Object.fromEntries(left) as unknown as FrontRecord;
  }

  /** The message waits until it is known whom it is for, or behind others that go there. */
  hold(event: ChannelEvent): void {
    const { firstHeld, held } = this.#record;
    const number = firstHeld + held;
    this.#fresh.add(number);
    this.#waiting = [...this.#waiting, { number, event }];
    this.change({ held: held + 1 });
    if (this.#record.owner === undefined) this.change({ parkedAt: this.#record.parkedAt ?? this.state.now });
  }

  /** From now on the customer writes to this tenant, who gets what waits: first what they said about consent, and who they are. */
  assign(owner: Owner): void {
    const { known, consent, profile, owner: before } = this.#record;
    const { now } = this.state;
    this.clear('question', 'parkedAt');
    const { address } = this.#record;
    if (before !== undefined && before.tenant !== owner.tenant)
      this.#handOver({ tenant: before.tenant }, { kind: 'ended', id: this.#entry, from: address, at: now });
    if (!known.includes(owner.tenant))
      for (const event of [consent, profile]) if (event !== undefined) this.#handOver(owner, event);
    this.change({ owner, asks: 0, known: [...new Set([...known, owner.tenant])] });
    this.flush();
  }

  /** What waits goes to whom the customer writes to, a page at a time. @throws {HeldWanted} */
  flush(): void {
    const { owner, firstHeld, held } = this.#record;
    if (owner === undefined) return;
    if (this.#record.parkedAt !== undefined) this.clear('parkedAt');
    if (held === 0) return;
    const read = this.state.held;
    if (read === undefined && (this.state.record?.value.held ?? 0) > 0) throw new HeldWanted();
    const isFresh = ({ number }: { readonly number: number }): boolean => this.#fresh.has(number);
    const goes = this.isBehind ? this.#waiting.filter((each) => !isFresh(each)) : this.#waiting;
    for (const { event } of goes) this.#handOver(owner, event);
    for (const { id, version, value } of read?.page ?? [])
      if (goes.some(({ number }) => number === value.number))
        this.#writes.push(remove(heldMessages, id, version));
    this.#goesOn ||= this.isBehind && goes.length > 0;
    const gone = this.isBehind ? goes.length : held;
    this.#waiting = this.isBehind ? this.#waiting.filter(isFresh) : [];
    if (!this.isBehind) this.#fresh.clear();
    this.change({ held: held - gone, firstHeld: firstHeld + gone });
  }

  /** To the tenant whom the customer writes to. */
  forward(event: ChannelEvent): void {
    const { owner } = this.#record;
    if (owner === undefined || this.isBehind) this.hold(event);
    else this.#handOver(owner, event);
  }

  toAllKnown(event: ChannelEvent): void {
    for (const tenant of this.#record.known) this.#handOver({ tenant }, event);
  }

  /** Nothing is said to those who have opted out. */
  ask(question: FrontQuestion): void {
    const { address, line, consent, asks } = this.#record;
    this.change({ question, asks: asks + 1 });
    if (consent?.consent === 'optedOut') return;
    const { capabilities, texts, lineName } = this.state;
    const content: Content = questionContent(question, texts);
    const { messages } = adapt({ content }, capabilities, { signedLink: () => '' });
    messages.forEach((message, index) => {
      this.#deliver(lineLeg(this.state.id), {
        on: 'line',
        operation: {
          kind: 'send',
          line,
          address,
          message,
          sender: { name: lineName, kind: 'system' },
          part: index + 1,
          parts: messages.length,
        },
      });
    });
  }

  decision(): FrontDecision {
    const { record, id } = this.state;
    const { owner } = this.#record;
    const fresh = this.#waiting.filter(({ number }) => this.#fresh.has(number));
    return {
      writes: [
        ...this.#writes,
        ...fresh.map(({ number, event }) =>
          put(heldMessages, heldId(id, number), { conversation: id, number, event }, 'absent'),
        ),
        ...(record?.value === this.#record
          ? []
          : [put(fronts, id, this.#record, record?.version ?? 'absent')]),
      ],
      deliveries: this.#deliveries,
      timers: [],
      ...(this.#goesOn && owner !== undefined ? { entries: [this.#next(owner)] } : {}),
    };
  }

  /** Brings the next page. */
  #next(owner: Owner): NewEntry<ConversationEvent> {
    const { id } = this.state;
    return {
      id: derivedId<InboxEntryId>('front goes on', sharedTenantId, id, this.#entry),
      key: id,
      event: { type: 'front', assign: owner },
    };
  }

  #handOver({ tenant, service }: Owner, event: ChannelEvent): void {
    this.#deliver(tenantLeg(this.state.id), {
      on: 'tenant',
      operation: {
        kind: 'hand-over',
        tenant,
        line: this.#record.line,
        event,
        ...(service === undefined ? {} : { service }),
      },
    });
  }

  #deliver(key: LegKey, operation: ConversationOperation): void {
    const number = String(this.#deliveries.length);
    this.#deliveries.push({
      id: derivedId<DeliveryId>(`front ${number}`, sharedTenantId, this.state.id, this.#entry),
      key,
      conversation: this.state.id,
      operation,
      tell: operation.on === 'tenant' ? 'failure' : 'never',
    });
  }
}

/** What customers of a shared line say goes to tenants in the order in which it was said. */
function tenantLeg(conversation: ConversationId): LegKey {
  return as(`tenant:${conversation}`);
}
