import type { Queue } from '../../../src/directory/tenant.ts';
import type { QueueId } from '../../../src/platform/ids.ts';

export interface QueueFigures {
  /** Milliseconds from the beginning until an agent took it, of each session that one took. */
  readonly waits: number[];
  /** Of these, within the promised time. */
  inTime: number;
  /** Customers who left before. */
  abandoned: number;
  /** Of those who still waited at a look at the queue and were told how long: the estimate, and how long it was. */
  readonly estimates: { readonly saidMs: number; readonly wasMs: number }[];
  /** Looked at, and nothing was said. */
  hidden: number;
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

  estimated({ id }: Queue, saidMs: number | undefined, wasMs: number): void {
    if (saidMs === undefined) this.#of(id).hidden++;
    else this.#of(id).estimates.push({ saidMs, wasMs });
  }

  #of(id: QueueId): QueueFigures {
    const known = this.queues.get(id);
    if (known !== undefined) return known;
    const fresh = { waits: [], inTime: 0, abandoned: 0, estimates: [], hidden: 0 };
    this.queues.set(id, fresh);
    return fresh;
  }
}
