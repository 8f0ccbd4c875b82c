import { RecordMoved } from '../channel.ts';
import { KeyLock } from './key-lock.ts';

/** As often as another replica may come first; each time one of them got on. */
const rounds = 50;

/**
 * One change of a visitor's log at a time: in this process by waiting, among replicas by doing it again from what is there when somebody else
 * came first. So a change must be one that can be begun again.
 */
export class VisitorLock {
  readonly #lock = new KeyLock();

  async run<T>(visitor: string, change: () => Promise<T>): Promise<T> {
    return this.#lock.run(visitor, async () => {
      for (let round = 1; ; round += 1) {
        try {
          return await change();
        } catch (error) {
          if (!(error instanceof RecordMoved) || round === rounds) throw error;
        }
      }
    });
  }
}
