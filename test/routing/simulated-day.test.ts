import { describe, expect, it } from 'vitest';
import { route } from '../../src/routing/route.ts';
import { simulateDay, type DayOptions } from './simulator/day.ts';
import { faults } from './simulator/faults.ts';

/** As busy as the day of `node bench/routing.ts`: as many sessions for each agent and hour. */
const morning: DayOptions = { seed: 1, sessions: 1000, agents: 20, hours: 3, route };
const hour: DayOptions = { ...morning, sessions: 330, hours: 1 };

describe('a simulated morning', () => {
  it.each([1, 2])('breaks none of the rules, with seed %i', (seed) => {
    const { figures, violations } = simulateDay({ ...morning, seed });
    expect(violations).toEqual([]);
    const queues = [...figures.queues.values()];
    const served = queues.reduce((sum, { waits }) => sum + waits.length, 0);
    const abandoned = queues.reduce((sum, queue) => sum + queue.abandoned, 0);
    expect(served + abandoned).toBeGreaterThanOrEqual(morning.sessions);
    expect(served).toBeGreaterThan(morning.sessions / 2);
    expect(figures.longestQueue).toBeGreaterThan(10);
    expect(figures.overflows).toBeGreaterThan(0);
  });

  it('tells most of those who wait how long, and is beside it by less than two thirds of that', () => {
    const { figures } = simulateDay(morning);
    const queues = [...figures.queues.values()];
    const estimates = queues.flatMap((queue) => queue.estimates);
    const hidden = queues.reduce((sum, queue) => sum + queue.hidden, 0);
    expect(estimates.length).toBeGreaterThan(10 * hidden);
    const sum = (of: (each: (typeof estimates)[number]) => number): number =>
      estimates.reduce((total, each) => total + of(each), 0);
    const error = sum(({ saidMs, wasMs }) => Math.abs(saidMs - wasMs));
    expect(error).toBeLessThan(sum(({ wasMs }) => wasMs) * (2 / 3));
  });

  it('is the same with the same seed, and another with another', () => {
    const { figures } = simulateDay(hour);
    expect(simulateDay(hour).figures).toEqual(figures);
    expect(simulateDay({ ...hour, seed: 2 }).figures).not.toEqual(figures);
  });
});

describe('a fault of routing is found where', () => {
  it.each(faults)('$how: $breaks', (fault) => {
    const { violations } = simulateDay({ ...hour, route: fault.in(route) });
    expect(violations.map(({ kind }) => kind)).toContain(fault.breaks);
  });
});
