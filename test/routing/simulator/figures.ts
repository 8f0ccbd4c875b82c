import type { Queue } from '../../../src/directory/tenant.ts';
import type { QueueId } from '../../../src/platform/ids.ts';

export interface QueueFigures {
  /** Milliseconds from the beginning until an agent took it, of each session that one took. */
  readonly waits: number[];
  /** Of these, within the promised time. */
  inTime: number;
  /** Customers who left before. */
  abandoned: number;
}

/** How customers fared, by the queue that answered or lost them. */
export class Figures {
  readonly queues = new Map<QueueId, QueueFigures>();
  decisions = 0;
  offers = 0;
  /** Sessions that a rule sent to another queue. */
  overflows = 0;
  longestQueue = 0;

  accepted({ id, promisedMs }: Queue, waitedMs: number): void {
    const figures = this.#of(id);
    figures.waits.push(waitedMs);
    if (waitedMs <= promisedMs) figures.inTime++;
  }

  abandoned({ id }: Queue): void {
    this.#of(id).abandoned++;
  }

  #of(id: QueueId): QueueFigures {
    const known = this.queues.get(id);
    if (known !== undefined) return known;
    const fresh = { waits: [], inTime: 0, abandoned: 0 };
    this.queues.set(id, fresh);
    return fresh;
  }
}
