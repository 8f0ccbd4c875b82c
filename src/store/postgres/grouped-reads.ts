/** Reads that can be answered together. As many answers as were asked for, in order. */
export type ReadTogether<Asked, Found> = (group: readonly Asked[]) => Promise<readonly Found[]>;

interface Waiting {
  /** Takes some of what waits and answers it. Never rejects: each is told by its own promise. */
  readonly go: () => Promise<void>;
  readonly isEmpty: () => boolean;
}

/** How many groups are under way at once, and how many reads are in one. */
export interface GroupLimits {
  readonly underWay: number;
  readonly group: number;
}

/** What is asked for at once, or while `limits.underWay` groups are under way, waits and is read together. Kinds take turns. */
export class GroupedReads {
  readonly #limits: GroupLimits;
  readonly #turns = new Set<Waiting>();
  #underWay = 0;
  #scheduled = false;

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  /** A kind of read, whose reads can go together with one another. */
  kind<Asked, Found>(read: ReadTogether<Asked, Found>): (asked: Asked) => Promise<Found> {
    let waiting: { readonly asked: Asked; readonly answer: PromiseWithResolvers<Found> }[] = [];
    const turn: Waiting = {
      isEmpty: () => waiting.length === 0,
      go: async () => {
        const group = waiting.slice(0, this.#limits.group);
        waiting = waiting.slice(group.length);
        try {
          const found = await read(group.map(({ asked }) => asked));
          for (const [at, { answer }] of group.entries()) answer.resolve(found[at] as Found);
        } catch (error) {
          for (const { answer } of group) answer.reject(error);
        }
      },
    };
    return async (asked) => {
      const answer = Promise.withResolvers<Found>();
      waiting.push({ asked, answer });
      this.#turns.add(turn);
      this.#schedule();
      return answer.promise;
    };
  }

  #schedule(): void {
    if (this.#scheduled || this.#turns.size === 0 || this.#underWay >= this.#limits.underWay) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#go();
      this.#schedule();
    });
  }

  #go(): void {
    const [turn] = this.#turns;
    if (turn === undefined) return;
    this.#underWay += 1;
    void turn.go().finally(() => {
      this.#underWay -= 1;
      this.#schedule();
    });
    // `go` has taken its group by now.
    this.#turns.delete(turn);
    if (!turn.isEmpty()) this.#turns.add(turn);
  }
}
