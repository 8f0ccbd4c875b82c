import type { Connection } from '../channels/channel.ts';

/** A connection of which it is known whether somebody waits for it. */
export interface BusyConnection {
  /** The same connection; calls that it answers later are counted until it has. */
  readonly connection: Connection;
  /** Resolves when nobody waits for it (any more). */
  idle(): Promise<void>;
}

export function watchBusy(inner: Connection): BusyConnection {
  let calls = 0;
  let waiting: (() => void)[] = [];
  const done = (): void => {
    calls -= 1;
    if (calls > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const counted = new Map<PropertyKey, unknown>();
  const connection = new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const known = counted.get(name);
      if (known !== undefined) return known;
      const call = (...given: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, given);
        if (answer instanceof Promise) {
          calls += 1;
          answer.then(done, done);
        }
        return answer;
      };
      counted.set(name, call);
      return call;
    },
  });
  return {
    connection,
    idle: async () => (calls === 0 ? undefined : new Promise((resolve) => waiting.push(resolve))),
  };
}
