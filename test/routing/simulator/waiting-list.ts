import type { SessionId } from '../../../src/platform/ids.ts';
import type { QueueEntry } from '../../../src/queues/queue-entry.ts';
import { waitingSession } from '../../../src/routing/dispatch.ts';
import type { WaitingSession } from '../../../src/routing/route.ts';

interface Place {
  readonly entry: QueueEntry;
  readonly session: WaitingSession;
}

/** As much as the product reads while nobody is free. */
const page = 500;

/** What waits, by rank, as the index over queue entries gives it. */
export class WaitingList {
  readonly #places: Place[] = [];

  put(id: SessionId, entry: QueueEntry): void {
    const place = { entry, session: waitingSession({ id, value: entry, version: 1 }) };
    const at = this.#find(entry.rank, id);
    this.#places.splice(at, this.#places[at]?.session.session === id ? 1 : 0, place);
  }

  remove(id: SessionId, { rank }: QueueEntry): boolean {
    const at = this.#find(rank, id);
    if (this.#places[at]?.session.session !== id) return false;
    this.#places.splice(at, 1);
    return true;
  }

  get sessions(): readonly WaitingSession[] {
    return this.#places.map(({ session }) => session);
  }

  /** What a decision is about: while nobody is free, only the first, and those who are to be told so. */
  lookedAt(anybodyFree: boolean): readonly WaitingSession[] {
    if (anybodyFree || this.#places.length <= page) return this.sessions;
    const untold = this.#places.slice(page).filter(({ entry }) => !entry.told);
    return [...this.#places.slice(0, page), ...untold.slice(0, page)].map(({ session }) => session);
  }

  /** Where it is, or belongs. */
  #find(rank: number, id: SessionId): number {
    let from = 0;
    let to = this.#places.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      const { entry, session } = this.#places[middle] ?? {};
      if (entry === undefined || session === undefined) break;
      if (entry.rank < rank || (entry.rank === rank && session.session < id)) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
