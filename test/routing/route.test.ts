import { describe, expect, it } from 'vitest';
import type { Medium } from '../../src/message/medium.ts';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { rankOf } from '../../src/routing/rank.ts';
import { route } from '../../src/routing/route.ts';
import { agentNamed, policyOf, sessionNamed, stateOf } from './arbitraries.ts';

const anna = as<AgentId>('anna');
const ben = as<AgentId>('ben');

function chosen(...state: Parameters<typeof stateOf>): string[] {
  return route(stateOf(...state)).assignments.map(({ session, agent }) => `${session} to ${agent}`);
}

describe('which agent', () => {
  const idle = agentNamed('anna', { changedAt: 10, sessions: 1, load: 1, capacity: 3, offeredAt: 30 });
  const fresh = agentNamed('ben', { changedAt: 20, sessions: 0, load: 0, capacity: 1, offeredAt: 40 });
  it.each([
    ['longest-idle', 'anna'],
    ['least-active', 'ben'],
    ['most-available', 'anna'],
    ['round-robin', 'anna'],
  ] as const)('by %s: %s', (order, agent) => {
    expect(chosen([fresh, idle], [sessionNamed('s')], policyOf(['anna', 'ben'], { order }))).toEqual([
      `s to ${agent}`,
    ]);
  });

  it('with ALL whoever has every skill, however well; with BEST the best; with NONE anybody', () => {
    const agents = [
      agentNamed('anna', { skills: { french: 2 }, changedAt: 1 }),
      agentNamed('ben', { skills: { french: 5 }, changedAt: 2 }),
      agentNamed('carl', { changedAt: 0 }),
    ];
    const by = (evaluation: 'ALL' | 'BEST' | 'NONE'): string[] =>
      chosen(
        agents,
        [sessionNamed('s')],
        policyOf(['anna', 'ben', 'carl'], { evaluation, required: { french: 2 } }),
      );
    expect(by('ALL')).toEqual(['s to anna']);
    expect(by('BEST')).toEqual(['s to ben']);
    expect(by('NONE')).toEqual(['s to carl']);
  });

  it('only for networks that they handle', () => {
    const agents = [agentNamed('anna', { networks: new Set(['web']) }), agentNamed('ben', { changedAt: 5 })];
    expect(chosen(agents, [sessionNamed('s')], policyOf(['anna', 'ben']))).toEqual(['s to ben']);
  });

  it('only where they handle all that the customer has sent', () => {
    const agents = [
      agentNamed('anna', { media: new Set(['text', 'image']) }),
      agentNamed('ben', { changedAt: 5 }),
    ];
    const policy = policyOf(['anna', 'ben']);
    const sent = (...media: Medium[]): string[] => chosen(agents, [sessionNamed('s', { media })], policy);
    expect(sent('text', 'image')).toEqual(['s to anna']);
    expect(sent('text', 'video')).toEqual(['s to ben']);
    // Whoever talked to the customer last is not waited for in vain.
    const known = sessionNamed('s', { media: ['video'], lastAgents: [anna], enteredAt: 100_000 });
    const waits = policyOf(['anna', 'ben'], { lastAgentMs: 20_000 });
    expect(chosen(agents, [known], waits)).toEqual(['s to ben']);
  });

  it('sessions that differ only in what was sent are told apart', () => {
    const agents = [agentNamed('anna', { media: new Set(['text']) }), agentNamed('ben', { changedAt: 5 })];
    const waiting = [sessionNamed('v', { media: ['video'] }), sessionNamed('t', { media: ['text'] })];
    expect(chosen(agents, waiting, policyOf(['anna', 'ben']))).toEqual(['v to ben', 't to anna']);
  });

  it('says which media count', () => {
    const agents = [agentNamed('anna', { media: new Set(['text', 'image']) })];
    const state = stateOf(agents, [sessionNamed('s', { media: ['text'] })], policyOf(['anna']));
    expect(route(state).assignments[0]?.why).toBe('handles text; longest idle of 1 who could; waited 100 s');
  });

  it('says why, in words', () => {
    const state = stateOf(
      [agentNamed('anna', { skills: { french: 4 } }), agentNamed('ben', { skills: { french: 1 } })],
      [sessionNamed('s', { since: 20_000, enteredAt: 20_000 })],
      policyOf(['anna', 'ben'], { required: { french: 3 } }),
    );
    expect(route(state).assignments[0]?.why).toBe(
      'has french 4 (3 needed); longest idle of 1 who could; waited 80 s',
    );
  });
});

describe('rings', () => {
  const policy = policyOf(['anna'], {
    required: { french: 3 },
    rings: [
      { afterMs: 60_000, agents: [ben], dropSkills: [] },
      { afterMs: 120_000, agents: [], dropSkills: ['french'] },
    ],
  });
  const agents = [agentNamed('ben', { skills: { french: 1 } })];
  const waiting = [sessionNamed('s')];

  it('widen with time, and say when they will next', () => {
    expect(route(stateOf(agents, waiting, policy, 30_000))).toMatchObject({
      assignments: [],
      nextAt: 60_000,
    });
    expect(route(stateOf(agents, waiting, policy, 60_000))).toMatchObject({
      assignments: [],
      nextAt: 120_000,
    });
    expect(chosen(agents, waiting, policy, 120_000)).toEqual(['s to ben']);
  });
});

describe('who talked to the customer last', () => {
  const policy = policyOf(['ben'], { lastAgentMs: 20_000 });
  const waiting = [sessionNamed('s', { enteredAt: 95_000, since: 95_000, lastAgents: [anna] })];
  it('is asked first, though no member of the queue', () => {
    expect(chosen([agentNamed('anna'), agentNamed('ben')], waiting, policy)).toEqual(['s to anna']);
  });
  it('is waited for while busy with others, for some seconds only', () => {
    const agents = [agentNamed('anna', { load: 1 }), agentNamed('ben')];
    expect(route(stateOf(agents, waiting, policy))).toMatchObject({ assignments: [], nextAt: 115_000 });
    expect(chosen(agents, waiting, policy, 115_000)).toEqual(['s to ben']);
  });
  it('is not waited for when they are not there', () => {
    const agents = [agentNamed('anna', { availability: 'offline' }), agentNamed('ben')];
    expect(chosen(agents, waiting, policy)).toEqual(['s to ben']);
  });
});

describe('who declined', () => {
  it('is asked again when all have and the time has come, and not before', () => {
    const policy = policyOf(['anna']);
    const declined = sessionNamed('s', { declined: [anna] });
    const decision = route(stateOf([agentNamed('anna')], [declined], policy));
    expect(decision).toMatchObject({
      assignments: [],
      nextAt: 130_000,
      unanswered: [{ session: 's', askAgainAt: 130_000 }],
    });
    const later = { ...declined, askAgainAt: 130_000 };
    expect(chosen([agentNamed('anna')], [later], policy, 129_999)).toEqual([]);
    expect(chosen([agentNamed('anna')], [later], policy, 130_000)).toEqual(['s to anna']);
  });
});

describe('which session', () => {
  it('the promise that ends first; a point of priority is worth a minute', () => {
    const ordinary = rankOf({ since: 0, priority: 0, promisedMs: 300_000 });
    expect(rankOf({ since: 60_000, priority: 1, promisedMs: 300_000 })).toBe(ordinary);
    expect(rankOf({ since: 200_000, priority: 0, promisedMs: 60_000 })).toBeLessThan(ordinary);
  });
  it('one that nobody free can take holds up none behind it', () => {
    const waiting = [sessionNamed('hard', { required: { klingon: 5 } }), sessionNamed('easy')];
    expect(chosen([agentNamed('anna')], waiting, policyOf(['anna']))).toEqual(['easy to anna']);
  });
});
