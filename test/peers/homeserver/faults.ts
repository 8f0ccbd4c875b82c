/** What can go wrong on the way to the homeserver, on purpose. */
export type Fault =
  /** 429 with how long to wait (in the header, the body, or both). */
  | { readonly kind: 'limit'; readonly retryAfterMs: number; readonly where?: 'header' | 'body' | 'both' }
  /** An answer of a broken server or proxy, without doing anything. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  /** Never answers, does nothing. */
  | { readonly kind: 'silence' }
  /** Closes the connection before doing anything. */
  | { readonly kind: 'reset' }
  /** Does it, then closes the connection instead of answering. */
  | { readonly kind: 'answerLost' }
  /** Does it and answers late. */
  | { readonly kind: 'slow'; readonly delayMs: number };

export interface FaultRule {
  readonly fault: Fault;
  /** Which requests; default all of the client-server API. */
  readonly when?: (request: {
    readonly method: string;
    readonly path: string;
    readonly user: string | null;
  }) => boolean;
  /** How often; default without end. */
  readonly times?: number;
  /** From 0 to 1; default 1. */
  readonly share?: number;
}

/** The switches. Rules are asked in the order in which they were added; the first that fits counts. */
export class Faults {
  #rules: { readonly rule: FaultRule; left: number }[] = [];
  readonly #random: () => number;
  /** How many requests met a fault. */
  met = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Gives what takes it away again. */
  add(rule: FaultRule): () => void {
    const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY };
    this.#rules.push(entry);
    return () => {
      this.#rules = this.#rules.filter((each) => each !== entry);
    };
  }

  clear(): void {
    this.#rules = [];
  }

  for(request: { method: string; path: string; user: string | null }): Fault | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (entry.left <= 0 || rule.when?.(request) === false) continue;
      if (rule.share !== undefined && this.#random() >= rule.share) continue;
      entry.left -= 1;
      this.met += 1;
      return rule.fault;
    }
    return undefined;
  }
}
