import type { Outgoing } from './outgoing.ts';
import type { Author, NumberedEvent, Quote, Session, StreamEvent, WireContent } from './protocol.ts';

/** A message as it now stands, after edits and reactions. */
export interface ShownMessage {
  readonly type: 'message';
  readonly id: string;
  readonly by: Author;
  readonly sender?: string;
  readonly at: number;
  /** Gone: it was retracted. */
  readonly content?: WireContent;
  readonly edited: boolean;
  readonly replyTo?: Quote;
  readonly reactions: readonly { readonly emoji: string; readonly by: 'visitor' | 'agent' }[];
  /** Its place in the log; absent until the server has it. */
  readonly sequence?: number;
  /** What of it the server does not have yet, or refused. */
  readonly pending?: Outgoing;
}

export interface ShownSession {
  readonly type: 'session';
  readonly id: string;
  readonly at: number;
  readonly by: Author;
  readonly state: 'open' | 'closed';
  readonly agentName?: string;
  /** It is the first of the conversation. */
  readonly first: boolean;
}

export type Row = ShownMessage | ShownSession;

/**
 * What is said and where things stand, from the events of the stream and what waits to be sent. No browser in it: a view
 * listens to what changes.
 */
export class Chat {
  readonly #rows = new Map<string, Row>();
  session: Session = { state: 'none' };
  /** Up to where the history goes that was there when the stream opened. */
  historyUpTo = 0;
  last = 0;
  /** The newest entry that is not the visitor's own. */
  lastForeign = 0;
  read = 0;
  readByAgent = 0;
  typing: { readonly name?: string } | undefined;

  get rows(): readonly Row[] {
    return [...this.#rows.values()];
  }

  message(id: string): ShownMessage | undefined {
    const row = this.#rows.get(id);
    return row?.type === 'message' ? row : undefined;
  }

  get unread(): number {
    return this.rows.filter(
      (row) =>
        row.type === 'message' &&
        row.by !== 'visitor' &&
        row.content !== undefined &&
        (row.sequence ?? 0) > this.read,
    ).length;
  }

  /** The answer that was picked for a choice, if any. */
  chosenFor(choice: string): string | undefined {
    for (const row of this.rows) {
      if (row.type === 'message' && row.content?.kind === 'chosen' && row.content.choice === choice) {
        return row.content.id;
      }
    }
    return undefined;
  }

  /** Gives the rows that changed. */
  apply(event: StreamEvent): readonly Row[] {
    switch (event.type) {
      case 'hello':
        this.session = event.session;
        this.historyUpTo = event.last;
        this.read = Math.max(this.read, event.read);
        this.readByAgent = event.readByAgent;
        this.typing = undefined;
        return this.#own();
      case 'typing':
        this.typing = event.active ? (event.name === undefined ? {} : { name: event.name }) : undefined;
        return [];
      case 'read':
        this.readByAgent = Math.max(this.readByAgent, event.upTo);
        return this.#own();
      default:
        this.last = event.sequence;
        if (event.by !== 'visitor') this.lastForeign = event.sequence;
        return this.#applyNumbered(event);
    }
  }

  /** Something that the visitor did and that waits to be sent. */
  applyPending(item: Outgoing): readonly Row[] {
    const { shown: content, quote: replyTo } = item;
    if (content === undefined) return [];
    const known = this.message(item.id);
    if (known?.sequence !== undefined) return [];
    return this.#put({
      type: 'message',
      id: item.id,
      by: 'visitor',
      at: item.at,
      content,
      edited: false,
      reactions: [],
      pending: item,
      ...(replyTo === undefined ? {} : { replyTo }),
    });
  }

  remove(id: string): void {
    this.#rows.delete(id);
  }

  clear(): void {
    this.#rows.clear();
    this.session = { state: 'none' };
    this.last = this.lastForeign = this.read = this.readByAgent = this.historyUpTo = 0;
    this.typing = undefined;
  }

  #applyNumbered(event: NumberedEvent): readonly Row[] {
    switch (event.type) {
      case 'message':
        if (event.by !== 'visitor') this.typing = undefined;
        return this.#arrived(event);
      case 'edit': {
        const message = this.message(event.target);
        if (message?.content === undefined || event.content === undefined) return [];
        return this.#put({ ...message, content: event.content, edited: true });
      }
      case 'retraction': {
        const message = this.message(event.target);
        if (message === undefined) return [];
        const { content: _content, ...gone } = message;
        return this.#put({ ...gone, reactions: [] });
      }
      case 'reaction': {
        const message = this.message(event.target);
        if (message === undefined) return [];
        const by = event.by === 'visitor' ? 'visitor' : 'agent';
        const others = message.reactions.filter(
          (each) => each.by !== by || (event.emoji !== '' && each.emoji !== event.emoji),
        );
        const reactions = event.removed === true ? others : [...others, { emoji: event.emoji, by } as const];
        return this.#put({ ...message, reactions });
      }
      case 'session': {
        const agent = event.agentName === undefined ? {} : { agentName: event.agentName };
        if (event.sequence > this.historyUpTo) this.session = { state: event.state, ...agent };
        if (event.state === 'closed') this.typing = undefined;
        const first = !this.rows.some((row) => row.type === 'session');
        const { id, at, by, state } = event;
        return this.#put({ type: 'session', id, at, by, state, first, ...agent });
      }
    }
  }

  #arrived(event: NumberedEvent & { type: 'message' }): readonly Row[] {
    const { id, by, at, sequence, sender, content, replyTo } = event;
    // What was waiting takes its place in the order of the log.
    this.#rows.delete(id);
    const waiting = this.rows.filter((row) => row.type === 'message' && row.sequence === undefined);
    for (const row of waiting) this.#rows.delete(row.id);
    const arrived = this.#put({
      type: 'message',
      id,
      by,
      at,
      sequence,
      edited: false,
      reactions: [],
      ...(sender === undefined ? {} : { sender }),
      ...(content === undefined ? {} : { content }),
      ...(replyTo === undefined ? {} : { replyTo }),
    });
    for (const row of waiting) this.#rows.set(row.id, row);
    const choice = content?.kind === 'chosen' ? content.choice : undefined;
    const question = choice === undefined ? undefined : this.message(choice);
    return question === undefined ? arrived : [...arrived, question];
  }

  #put(row: Row): readonly Row[] {
    this.#rows.set(row.id, row);
    return [row];
  }

  #own(): readonly Row[] {
    return this.rows.filter((row) => row.type === 'message' && row.by === 'visitor');
  }
}
