import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { describe, expect, it } from 'vitest';
import { OpenRequests } from '../../src/api/open-requests.ts';
import { manualClock } from '../fixtures/manual-clock.ts';

/** What is used of an answer: its end. */
class Answer extends EventEmitter {
  readonly writableFinished = true;
}

function world(most: number) {
  const requests = new OpenRequests(most, manualClock());
  const running: { readonly tenant: string; readonly answer: Answer }[] = [];
  /** How many of them were let in. */
  const begin = (tenant: string, times: number): number => {
    let taken = 0;
    for (let n = 0; n < times; n += 1) {
      const answer = new Answer();
      if (requests.begin(answer as unknown as Response, tenant) === undefined) continue;
      running.push({ tenant, answer });
      taken += 1;
    }
    return taken;
  };
  const end = (tenant: string, times: number): void => {
    for (let n = 0; n < times; n += 1) {
      const index = running.findIndex((one) => one.tenant === tenant);
      running.splice(index, 1)[0]?.answer.emit('close');
    }
  };
  return { begin, end };
}

describe('requests under way', () => {
  it('may all be of one tenant, and no more than there are places', () => {
    expect(world(100).begin('heavy', 150)).toBe(100);
  });

  it('of a tenant with less than its share are let in where another has everything', () => {
    const { begin } = world(100);
    begin('heavy', 100);
    expect(begin('light', 80)).toBe(50);
    expect(begin('heavy', 1)).toBe(0);
  });

  it('are never more than twice as many, however many tenants there are', () => {
    const { begin } = world(100);
    begin('heavy', 100);
    const taken = Array.from({ length: 1000 }, (_, n) => begin(`tenant-${String(n)}`, 50));
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(100);
    expect(taken.filter((one) => one > 0).length).toBeGreaterThan(2);
  });

  it('give the places back to whoever asks when they end', () => {
    const { begin, end } = world(100);
    begin('heavy', 100);
    begin('light', 50);
    end('heavy', 40);
    expect(begin('heavy', 10)).toBe(0);
    end('heavy', 20);
    expect(begin('heavy', 50)).toBe(10);
  });
});
