import { createFifo, type Fifo } from './fifo.ts';

/** What waits its turn: belongs to a group, and groups take turns. */
export interface Waiting {
  readonly group: string;
}

/**
 * Who goes next: groups in turn (round robin), within a group first come first served, no more than `perGroup` of a group and
 * `overall` of all at once. So a busy group delays the others by one turn, and a stuck one holds only its own places.
 */
export interface Turns<Item extends Waiting> {
  readonly running: number;
  wait(item: Item): void;
  /** The next one that may run now; counts as running until `ended`. */
  take(): Item | undefined;
  ended(item: Item): void;
}

interface Group<Item> {
  readonly waiting: Fifo<Item>;
  running: number;
}

export function createTurns<Item extends Waiting>(limits: {
  overall: number;
  perGroup: number;
}): Turns<Item> {
  const groups = new Map<string, Group<Item>>();
  // Groups that have somebody waiting and a free place, in the order of their turns (a Set keeps the order of insertion).
  const turns = new Set<string>();
  let running = 0;

  const groupOf = (name: string): Group<Item> => {
    const known = groups.get(name);
    if (known !== undefined) return known;
    const group: Group<Item> = { waiting: createFifo<Item>(), running: 0 };
    groups.set(name, group);
    return group;
  };
  const settle = (name: string, group: Group<Item>): void => {
    if (group.waiting.length > 0 && group.running < limits.perGroup) turns.add(name);
    else if (group.waiting.length === 0 && group.running === 0) groups.delete(name);
  };

  return {
    get running() {
      return running;
    },
    wait(item) {
      const group = groupOf(item.group);
      group.waiting.push(item);
      settle(item.group, group);
    },
    take() {
      if (running >= limits.overall) return undefined;
      const [name] = turns;
      if (name === undefined) return undefined;
      turns.delete(name);
      const group = groupOf(name);
      const item = group.waiting.shift();
      if (item === undefined) return undefined;
      running += 1;
      group.running += 1;
      settle(name, group);
      return item;
    },
    ended(item) {
      const group = groupOf(item.group);
      running -= 1;
      group.running -= 1;
      settle(item.group, group);
    },
  };
}
