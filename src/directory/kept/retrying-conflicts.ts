import { Conflict } from '../../store/store.ts';

/** Somebody else writes the same record at the same time; each round somebody got through. */
const rounds = 5;

/** Tries anew when somebody else was faster: what they wrote is then what is changed, or refused. @throws {Conflict} after some rounds */
export async function retryingConflicts<T>(change: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof Conflict) || round === rounds) throw error;
    }
  }
}
