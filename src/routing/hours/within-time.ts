import { createContext, Script } from 'node:vm';

const script = new Script('work()');

/**
 * Ends work that does not come to an end by itself: a recurrence that never comes keeps its library looking for ever. Nothing is kept away
 * from the work: it runs as it would without this.
 * @throws what the work throws, or an error when the time is over
 */
export function withinTime<T>(ms: number, work: () => T): T {
  const context = createContext({ work });
  return script.runInContext(context, { timeout: ms }) as T;
}
