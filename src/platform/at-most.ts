import type { Clock } from './clock.ts';

/** Waits for the work, but no longer than so many milliseconds. False: it goes on, and what it still has to say is lost. @throws what it rejects with in time */
export async function atMost(clock: Clock, milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let cancel = (): void => undefined;
  const late = new Promise<false>((resolve) => {
    cancel = clock.after(milliseconds, () => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
  }
}
