/**
 * Transactions of one homeserver, one after the other. A homeserver sends one at a time; but it repeats one whose answer it did
 * not see while we may still be at it, and after its own restart it may begin the next.
 */
export interface TransactionLane {
  /** Runs `handle` when those before have ended. The same transaction again, while it is not ended, shares its outcome. */
  run(id: string, body: Buffer, handle: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createTransactionLane(): TransactionLane {
  const underWay = new Map<string, { readonly body: Buffer; readonly outcome: Promise<void> }>();
  let last: Promise<void> = Promise.resolve();
  return {
    run(id, body, handle) {
      const same = underWay.get(id);
      // Synapse on SQLite counts anew after a restart: an id alone does not make it the same transaction.
      if (same?.body.equals(body) === true) return same.outcome;
      const outcome = last.then(handle);
      const entry = { body, outcome };
      underWay.set(id, entry);
      last = outcome
        .catch(() => undefined)
        .then(() => {
          if (underWay.get(id) === entry) underWay.delete(id);
        });
      return outcome;
    },
    idle: () => last,
  };
}
