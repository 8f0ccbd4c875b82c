import { setTimeout as sleep } from 'node:timers/promises';
import { runReplicaChaos, type Strike } from '../replica-chaos-run.ts';
import { reportOf } from './replicas.ts';
import { bothStores, unless, type Row } from './row.ts';
import { withSwitchboard } from './worlds.ts';

const foundWithinMs = 30_000;
/** The next attempt after it is found. */
const allowanceMs = 5000;
/** With reduced counts, besides: the slowness of a machine that others use. */
const slownessMs = 40_000;

/** R14: the homeserver goes without a word; its connections stay open and say nothing. */
export const halfOpen: Row = {
  id: 'R14-half-open',
  promise: 'connections to the homeserver and to a network that are half open are found within 30 s',
  stores: bothStores,
  mostlyWaits: true,
  run: async (setting) => {
    const { seed, full, progress } = setting;
    const options = { conversations: 20, faults: { busy: 0, broken: 0, cut: 0 } };
    return withSwitchboard(setting, options, async (world) => {
      let held = 0;
      const strike: Strike = {
        name: 'half-open connections',
        async strike() {
          // Many at once, so that several connections are open.
          for (const proxy of world.proxies) proxy.fault = { kind: 'latency', ms: 500 };
          await sleep(3000);
          for (const proxy of world.proxies) {
            proxy.halfOpen();
            proxy.fault = undefined;
          }
          held = world.proxies.reduce((sum, { heldOpen }) => sum + heldOpen, 0);
          await sleep(foundWithinMs + allowanceMs);
        },
      };
      const strikes = full ? [strike, strike] : [strike];
      const result = await runReplicaChaos(world, {
        seed,
        strikes,
        paceMs: full ? 500 : 1000,
        onStrike: progress,
      });
      const { longestMs } = result;
      const within = foundWithinMs + allowanceMs + (full ? 0 : slownessMs);
      return reportOf(
        result,
        [
          ...unless(held > 1, `only ${held} connections were half open`),
          ...unless(longestMs <= within, `a message was under way for ${Math.round(longestMs)} ms`),
        ],
        { halfOpen: held },
      );
    });
  },
};
