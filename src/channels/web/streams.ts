import { z } from 'zod';
import type { OtherConnections } from '../channel.ts';

/** An open stream of one browser tab. */
export interface Subscription {
  readonly closed: boolean;
  /** Resolves at the next news, or when the subscription closes. Take it before looking, so that no news is missed. */
  news(): Promise<void>;
  /** Events without a number that came meanwhile. */
  takePassing(): string[];
  close(): void;
}

interface Tab extends Subscription {
  wake(): void;
  pass(event: string): void;
}

/** What one replica tells the others: a visitor's log has grown, or something passes that only who is there gets to see. */
const wordSchema = z.strictObject({
  visitor: z.string().min(1).max(200),
  event: z.string().max(6000).optional(),
});

/**
 * Which visitors have tabs open now, and how to reach them, at whichever replica. In memory: a reconnection makes up for everything, and
 * a tab looks into the log from time to time by itself.
 */
export class Streams {
  readonly #tabs = new Map<string, Set<Tab>>();
  readonly #others: OtherConnections;

  constructor(others: OtherConnections) {
    this.#others = others;
    others.hear((text) => {
      const word = readWord(text);
      for (const tab of (word && this.#tabs.get(word.visitor)) ?? [])
        if (word?.event === undefined) tab.wake();
        else tab.pass(word.event);
    });
  }

  count(visitor: string): number {
    return this.#tabs.get(visitor)?.size ?? 0;
  }

  open(visitor: string): Subscription {
    const tabs = this.#tabs.get(visitor) ?? new Set();
    this.#tabs.set(visitor, tabs);
    const tab = createTab(() => {
      tabs.delete(tab);
      if (tabs.size === 0 && this.#tabs.get(visitor) === tabs) this.#tabs.delete(visitor);
    });
    tabs.add(tab);
    return tab;
  }

  /** There are new entries in the visitor's log. */
  wake(visitor: string): void {
    for (const tab of this.#tabs.get(visitor) ?? []) tab.wake();
    this.#others.tell(JSON.stringify({ visitor }));
  }

  /** An event that only those who are there now get to see. */
  pass(visitor: string, event: string): void {
    for (const tab of this.#tabs.get(visitor) ?? []) tab.pass(event);
    this.#others.tell(JSON.stringify({ visitor, event }));
  }

  close(visitor?: string): void {
    const closing = visitor === undefined ? [...this.#tabs.values()] : [this.#tabs.get(visitor) ?? []];
    for (const tab of closing.flatMap((tabs) => [...tabs])) tab.close();
  }
}

function readWord(text: string): z.output<typeof wordSchema> | undefined {
  try {
    return wordSchema.parse(JSON.parse(text));
  } catch {
    // From a replica of another version: it says nothing that a tab would not find by itself.
    return undefined;
  }
}

/** A tab that does not read loses the oldest of these; they are only of the moment. */
const mostPassing = 50;

function createTab(closed: () => void): Tab {
  let open = true;
  let next = Promise.withResolvers<undefined>();
  let passing: string[] = [];
  const wake = (): void => {
    next.resolve(undefined);
    next = Promise.withResolvers<undefined>();
  };
  return {
    get closed() {
      return !open;
    },
    news: () => (open ? next.promise : Promise.resolve()),
    takePassing() {
      const taken = passing;
      passing = [];
      return taken;
    },
    wake,
    pass(event) {
      passing = [...passing.slice(-mostPassing + 1), event];
      wake();
    },
    close() {
      if (!open) return;
      open = false;
      closed();
      wake();
    },
  };
}
