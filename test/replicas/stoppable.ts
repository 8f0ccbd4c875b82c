import type { Clock } from '../../src/platform/clock.ts';
import type { Signals } from '../../src/store/signals.ts';
import type { Store } from '../../src/store/store.ts';

/** A process as far as its surroundings can see: whatever it does passes here, and stands still or ends at the test's command. */
export interface Stoppable {
  readonly state: 'running' | 'paused' | 'killed';
  pause(): void;
  resume(): void;
  /** Nothing that it began is ever heard of again; what had left it takes effect all the same. */
  kill(): void;
  /** Resolves when the process runs: at once, when it is resumed, or never. */
  running(): Promise<void>;
  clock(clock: Clock): Clock;
  store(store: Store): Store;
  signals(signals: Signals): Signals;
}

export function createStoppable(): Stoppable {
  let state: Stoppable['state'] = 'running';
  let gate = Promise.withResolvers<undefined>();
  gate.resolve(undefined);
  const running = async (): Promise<void> => {
    do await gate.promise;
    while (state !== 'running');
  };
  /** Waits before the call and before its answer. */
  const through = async <T>(call: () => Promise<T>): Promise<T> => {
    await running();
    try {
      return await call();
    } finally {
      await running();
    }
  };
  return {
    get state() {
      return state;
    },
    pause() {
      if (state !== 'running') return;
      state = 'paused';
      gate = Promise.withResolvers();
    },
    resume() {
      if (state !== 'paused') return;
      state = 'running';
      gate.resolve(undefined);
    },
    kill() {
      state = 'killed';
      gate = Promise.withResolvers();
    },
    running,
    clock: (clock) => ({
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, action) => {
        let cancelled = false;
        const cancel = clock.after(delayMs, () => {
          void running().then(() => {
            if (!cancelled) action();
          });
        });
        return () => {
          cancelled = true;
          cancel();
        };
      },
    }),
    store: (store) => ({
      get: async (...args) => through(async () => store.get(...args)),
      find: async (...args) => through(async () => store.find(...args)),
      commit: async (...args) => through(async () => store.commit(...args)),
      tenants: async () => through(async () => store.tenants()),
      close: async () => store.close(),
    }),
    signals: (signals) => ({
      send: async (channel, text) => through(async () => signals.send(channel, text)),
      listen: (channel, hear) => signals.listen(channel, (text) => void running().then(() => hear(text))),
      onGap: (listener) => {
        signals.onGap(() => void running().then(listener));
      },
      close: async () => signals.close(),
    }),
  };
}
