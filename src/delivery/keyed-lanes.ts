import type { Clock } from '../platform/clock.ts';
import type { TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { Pace } from '../platform/pace.ts';
import { StoreUnavailable } from '../store/store.ts';
import { isLost, type Claim, type Resource } from './ownership.ts';
import { createTurns } from '../platform/turns.ts';

/** What became of the item at the head of a lane: finished, or to be handled again (as it is now), not before `at`. */
export type Turn<Item> = 'done' | { readonly again: Item; readonly at: number };

export interface LaneWork<Key extends string, Item> {
  /** The first of what is stored for the key, in order, at most `limit`. */
  load(tenant: TenantId, key: Key, limit: number): Promise<readonly Item[]>;
  /** What it commits carries the claim's fence. Throws what tells that the claim is lost. */
  handle(tenant: TenantId, item: Item, claim: Claim): Promise<Turn<Item>>;
}

export interface LaneLimits {
  /** Handled at once, over all. */
  readonly overall: number;
  /** Handled at once within one group. */
  readonly perGroup: number;
  /** Items of one key held in memory; the rest stays in the store until its turn comes. */
  readonly heldPerKey: number;
  /** Items held in memory over all keys. */
  readonly held: number;
}

export interface LaneDepths {
  /** Keys with work. */
  readonly keys: number;
  /** Keys being handled now. */
  readonly running: number;
  /** Keys whose head waits for a time (a retry). */
  readonly waiting: number;
  /** Items known to wait or to be under way. */
  readonly items: number;
}

/** Whose work it is. `group`: lanes of one group share `perGroup`. */
export interface LanePlace<Key extends string> {
  readonly tenant: TenantId;
  readonly key: Key;
  readonly group: string;
  readonly resource: Resource;
}

interface Lane<Key extends string, Item> extends LanePlace<Key> {
  readonly held: Item[];
  claim: Claim | undefined;
  /** If another replica has the resource, it does not know of this work yet. */
  news: boolean;
  /** There is, or may be, more in the store than is held here. */
  behind: boolean;
  loading: boolean;
  /** Announced and not yet done; for `depths` only. */
  announced: number;
  cancelWait: (() => void) | undefined;
}

/** How long a lane rests after its work could not even be tried (the store is gone, or a bug). */
const restMs = 1000;

/**
 * One lane a key: its items are handled one at a time, in order; lanes go side by side. A lane exists only while it has work.
 * Items are announced after they are durable; a lane holds a few of them and reads the rest from the store when it gets there. A lane
 * whose resource another replica has ends, and what it held is forgotten.
 */
export interface KeyedLanes<Key extends string, Item> {
  /** The item is stored, and nothing stored for its key before it is unannounced. */
  push(place: LanePlace<Key>, item: Item): void;
  /** The item was stored under the claim, which covers all that is stored for its key: the lane looks only if it has not yet under it. */
  pushUnder(claim: Claim, place: LanePlace<Key>, item: Item): void;
  /** Something may be stored for the key: the lane looks. `news`: whoever has the resource is to be told. */
  touch(place: LanePlace<Key>, news: boolean): void;
  /** Lanes whose head waits for a time go on at once with what `sooner` makes of it; where it gives nothing, they wait on. */
  hurry(sooner: (tenant: TenantId, item: Item) => Item | undefined): void;
  /** Begins to work. Until `caughtUp`, everything is read from the store, so that nothing overtakes what an earlier run left. */
  start(): void;
  caughtUp(): void;
  /** Takes nothing new; resolves when nothing is under way any more. */
  stop(): Promise<void>;
  depths(): LaneDepths;
}

export function createKeyedLanes<Key extends string, Item extends { readonly id: string }>(options: {
  readonly work: LaneWork<Key, Item>;
  /** {@link Ownership.claim} for the lane's resource; `news`: another replica that has it is to be told. */
  readonly claim: (place: LanePlace<Key>, news: boolean) => Promise<Claim | undefined>;
  readonly limits: LaneLimits;
  /** Gives each item its turn. */
  readonly pace: Pace;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when the last lane ended. */
  readonly onIdle: () => void;
}): KeyedLanes<Key, Item> {
  const { work, limits, clock, logger } = options;
  const lanes = new Map<string, Lane<Key, Item>>();
  const turns = createTurns<Lane<Key, Item>>(limits);
  let state: 'new' | 'started' | 'stopped' = 'new';
  let complete = false;
  let held = 0;
  let waiting = 0;
  let whenStopped: (() => void)[] = [];

  const laneOf = ({ tenant, key, group, resource }: LanePlace<Key>): Lane<Key, Item> => {
    const id = `${tenant} ${key}`;
    const known = lanes.get(id);
    if (known !== undefined) return known;
    const lane: Lane<Key, Item> = {
      tenant,
      key,
      group,
      resource,
      held: [],
      claim: undefined,
      news: false,
      behind: false,
      loading: false,
      announced: 0,
      cancelWait: undefined,
    };
    lanes.set(id, lane);
    turns.wait(lane);
    return lane;
  };

  const rest = (lane: Lane<Key, Item>, until: number): void => {
    if (state === 'stopped') return;
    waiting += 1;
    lane.cancelWait = clock.after(Math.max(0, until - clock.now()), () => {
      waiting -= 1;
      lane.cancelWait = undefined;
      // The clock may have been set back, or the wait longer than a timer can be.
      if (clock.now() < until) rest(lane, until);
      else {
        turns.wait(lane);
        pump();
      }
    });
  };

  /** Asked anew: something may be announced while a lane waits. */
  const isBehind = (lane: Lane<Key, Item>): boolean => lane.behind;

  const fill = async (lane: Lane<Key, Item>): Promise<void> => {
    lane.behind = false;
    lane.loading = true;
    try {
      const page = await work.load(lane.tenant, lane.key, limits.heldPerKey);
      lane.held.push(...page);
      held += page.length;
      if (page.length >= limits.heldPerKey) lane.behind = true;
      // Where something was announced meanwhile, the next look comes to the end.
      else if (!isBehind(lane)) lane.claim?.known.add(lane.key);
    } catch (error) {
      lane.behind = true;
      throw error;
    } finally {
      lane.loading = false;
    }
  };

  const forget = (lane: Lane<Key, Item>): void => {
    held -= lane.held.length;
    lane.held.length = 0;
    lane.claim?.leave();
    lane.claim = undefined;
  };

  /** The claim under which the lane goes on; undefined where another replica goes on. What was read under an earlier claim is forgotten. */
  const claimed = async (lane: Lane<Key, Item>): Promise<Claim | undefined> => {
    const { news } = lane;
    lane.news = false;
    const claim = await options.claim(lane, news).catch((error: unknown) => {
      lane.news = lane.news || news;
      throw error;
    });
    if (claim === lane.claim && claim !== undefined) return claim;
    if (lane.claim !== undefined || claim === undefined) {
      forget(lane);
      lane.behind = claim !== undefined || lane.news;
    }
    claim?.enter();
    lane.claim = claim;
    return claim;
  };

  /** One item of a lane. Returns when to go on. */
  const step = async (lane: Lane<Key, Item>): Promise<number> => {
    try {
      const claim = await claimed(lane);
      if (claim === undefined) return 0;
      if (lane.held.length === 0 && lane.behind) await fill(lane);
      const item = lane.held[0];
      if (item === undefined) return 0;
      const turn = await work.handle(lane.tenant, item, claim);
      if (turn !== 'done') {
        lane.held[0] = turn.again;
        return turn.at;
      }
      lane.held.shift();
      held -= 1;
      lane.announced = Math.max(0, lane.announced - 1);
      return 0;
    } catch (error) {
      if (lane.claim !== undefined && isLost(lane.claim, error)) {
        lane.claim.lose();
        forget(lane);
        lane.behind = true;
        return 0;
      }
      const about = { tenant: lane.tenant, key: lane.key };
      if (error instanceof StoreUnavailable)
        logger.warn({ ...about, reason: error.message }, 'a lane cannot go on for now; it rests');
      else logger.error({ ...about, err: error }, 'a lane could not go on; it rests');
      return clock.now() + restMs;
    }
  };

  const run = async (lane: Lane<Key, Item>): Promise<void> => {
    await options.pace.turn(lane.tenant);
    const goOnAt = await step(lane);
    turns.ended(lane);
    if (lane.held.length === 0 && !lane.behind) {
      lane.claim?.leave();
      lanes.delete(`${lane.tenant} ${lane.key}`);
      if (lanes.size === 0) options.onIdle();
    } else if (goOnAt > clock.now()) rest(lane, goOnAt);
    else turns.wait(lane);
    if (state === 'stopped' && turns.running === 0) for (const resolve of whenStopped) resolve();
    pump();
  };

  const pump = (): void => {
    while (state === 'started') {
      const lane = turns.take();
      if (lane === undefined) return;
      void run(lane);
    }
  };

  /** `isAll`: with the item the lane knows all that is stored for its key. */
  const announce = (lane: Lane<Key, Item>, item: Item, isAll: boolean): void => {
    lane.announced += 1;
    const room = lane.held.length < limits.heldPerKey && held < limits.held;
    if (!isAll || lane.behind || lane.loading || !room) lane.behind = true;
    // What was read from the store just before it was announced is here already.
    else if (!lane.held.some((one) => one.id === item.id)) {
      lane.held.push(item);
      held += 1;
    }
    pump();
  };

  return {
    push(place, item) {
      announce(laneOf(place), item, complete);
    },
    pushUnder(claim, place, item) {
      const lane = laneOf(place);
      // By the time of its turn another replica may have the resource, and does not know of it.
      lane.news = true;
      if (lane.claim === undefined && lane.held.length === 0) {
        lane.claim = claim;
        claim.enter();
      }
      announce(lane, item, lane.claim === claim && claim.known.has(lane.key));
    },
    touch(place, news) {
      const lane = laneOf(place);
      lane.announced += 1;
      lane.behind = true;
      lane.news = lane.news || news;
      pump();
    },
    hurry(sooner) {
      if (state !== 'started') return;
      for (const lane of lanes.values()) {
        const [head] = lane.held;
        const next =
          lane.cancelWait === undefined || head === undefined ? undefined : sooner(lane.tenant, head);
        if (next === undefined) continue;
        lane.held[0] = next;
        lane.cancelWait?.();
        lane.cancelWait = undefined;
        waiting -= 1;
        turns.wait(lane);
      }
      pump();
    },
    start() {
      state = 'started';
      pump();
    },
    caughtUp() {
      complete = true;
    },
    async stop() {
      state = 'stopped';
      for (const lane of lanes.values()) lane.cancelWait?.();
      if (turns.running > 0) await new Promise<void>((resolve) => whenStopped.push(resolve));
      whenStopped = [];
    },
    depths() {
      let items = 0;
      for (const lane of lanes.values()) items += Math.max(lane.announced, lane.held.length);
      return { keys: lanes.size, running: turns.running, waiting, items };
    },
  };
}
