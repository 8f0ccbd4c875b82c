import fc from 'fast-check';
import { expect, test } from 'vitest';
import { declaredDialog } from '../fixtures/declared-dialog.ts';
import { runs } from '../fixtures/full-run.ts';
import {
  agentNames,
  capacity,
  customerNames,
  mayFollow,
  perform,
  placesIn,
  type Act,
  type Closed,
  type Place,
  withTime,
} from './session-model.ts';
import { openWorld, type World } from './world.ts';

interface Model {
  places: readonly Place[];
  /** Customers who have written: only they have a room in which agents can do anything. */
  readonly spoken: Set<number>;
}
interface Real {
  readonly world: World;
  readonly closed: Closed;
}

const customer = fc.nat({ max: customerNames.length - 1 });
const agent = fc.constantFrom(...agentNames);
const words = fc.constantFrom('Hello', '7', 'agent');
const says = fc.record({ act: fc.constant('says' as const), customer, words });
const ofAgent = fc.record({
  act: fc.constantFrom(
    'joins' as const,
    'joins' as const,
    'declines' as const,
    'leaves' as const,
    'closes' as const,
    'takes' as const,
  ),
  ...{ customer, agent },
});
const passes = fc.record({ act: fc.constant('passes' as const), ms: fc.constantFrom(30_000, 60_000) });

function isPossible(act: Act, spoken: ReadonlySet<number>): boolean {
  return act.act === 'passes' || act.act === 'says' || spoken.has(act.customer);
}

function note(act: Act, { spoken }: Model): void {
  if (act.act === 'says') spoken.add(act.customer);
}

/** One thing after the other: each may only do what it is for. */
class One implements fc.AsyncCommand<Model, Real> {
  readonly act: Act;
  constructor(act: Act) {
    this.act = act;
  }
  check({ spoken }: Readonly<Model>): boolean {
    return isPossible(this.act, spoken);
  }
  async run(model: Model, { world, closed }: Real): Promise<void> {
    await perform(world, this.act);
    const after = await placesIn(world, closed);
    for (const [at, place] of after.entries()) {
      const before = model.places[at] ?? { in: 'nothing' };
      const told = `${JSON.stringify(before)} -> ${JSON.stringify(place)}`;
      expect(mayFollow(before, this.act, at, place), told).toBe(true);
    }
    model.places = after;
    note(this.act, model);
  }
  toString(): string {
    return JSON.stringify(this.act);
  }
}

/** Several at once: in whatever order they count, each conversation is in one place. */
class AtOnce implements fc.AsyncCommand<Model, Real> {
  readonly acts: readonly Act[];
  constructor(acts: readonly Act[]) {
    this.acts = acts;
  }
  check({ spoken }: Readonly<Model>): boolean {
    return this.acts.every((act) => isPossible(act, spoken));
  }
  async run(model: Model, { world, closed }: Real): Promise<void> {
    await withTime(world, Promise.all(this.acts.map(async (act) => perform(world, act))));
    model.places = await placesIn(world, closed);
    for (const act of this.acts) note(act, model);
  }
  toString(): string {
    return `at once ${JSON.stringify(this.acts)}`;
  }
}

const commands = fc.commands(
  [
    says.map((act) => new One(act)),
    ofAgent.map((act) => new One(act)),
    ofAgent.map((act) => new One(act)),
    passes.map((act) => new One(act)),
    fc.array(fc.oneof(says, ofAgent), { minLength: 2, maxLength: 4 }).map((acts) => new AtOnce(acts)),
  ],
  { maxCommands: 15 },
);

const welcome = declaredDialog(`
  steps:
    - { name: order, do: ask, text: Which?, answer: { kind: number }, attempts: 2, timeoutSeconds: 45 }
    - { name: thanks, do: pause, seconds: 20 }
`);

test.each([
  ['straight to the queue', {}],
  ['with a dialog first', { services: { welcome }, service: 'welcome' }],
])(
  '%s, a session is in one queue or with one agent, and closed for good, whatever anybody does (R22)',
  async (_how, options) => {
    await fc.assert(
      fc.asyncProperty(commands, async (all) => {
        const world = await openWorld({ capacity, ...options });
        try {
          await fc.asyncModelRun(
            () => ({ model: { places: [], spoken: new Set<number>() }, real: { world, closed: new Map() } }),
            all,
          );
        } finally {
          await world.close();
        }
      }),
      { numRuns: runs(100, 5_000) },
    );
  },
  3_600_000,
);
