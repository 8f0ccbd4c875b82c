import { as } from '../platform/ids.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import type { SimulatedRouting } from '../sessions/simulate-session.ts';
import { ok } from './api-answer.ts';
import { unprocessable } from './checked-body.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { simulateAnswer, simulateBody } from './routing-schema.ts';
import { secondsOf } from './seconds.ts';

export interface RoutingRoutesOptions {
  readonly routing: Pick<RoutingDesk, 'simulate'>;
}

const base = '/api/v1/tenants/:tenant/routing';
const { repeatable } = routeKinds<RoutingRoutesOptions>();

/** What would happen to a session that might come. */
export const routingRoutes = declaredRoutes<RoutingRoutesOptions>([
  repeatable(
    {
      method: 'post',
      path: `${base}/simulate`,
      operation: 'simulateRouting',
      summary: 'What rules say of a session that might come, who would be asked now, and why',
      description: 'Or what keeps each agent from it. Changes nothing.',
      access: 'routing:read',
      body: simulateBody,
      answers: { 200: { description: 'What would happen.', schema: simulateAnswer } },
    },
    async ({ routing }, { tenant, input }) => {
      const { queue, line, waitedSeconds, ...session } = input;
      const found = await routing.simulate(tenant, {
        ...session,
        ...(queue === undefined ? {} : { queue: as(queue) }),
        ...(line === undefined ? {} : { line }),
        waitedMs: waitedSeconds * 1000,
      });
      if (found === undefined)
        throw unprocessable([
          queue === undefined
            ? { path: 'line', found: 'another name', expected: 'the id of a line' }
            : { path: 'queue', found: 'another name', expected: 'the id of a queue' },
        ]);
      return ok(shown(found, session.network));
    },
  ),
]);

function shown({ queue, rules, opensAt, moves, ...found }: SimulatedRouting, network: string): object {
  return {
    queue,
    network,
    outcome: found.asked === undefined ? 'waits' : 'offered',
    ...(opensAt === undefined || !Number.isFinite(opensAt)
      ? {}
      : { opensAt: new Date(opensAt).toISOString() }),
    ...found,
    ...(moves.length === 0 ? {} : { moves }),
    ...(rules === undefined ? {} : { rules: shownRules(rules) }),
  };
}

function shownRules(rules: NonNullable<SimulatedRouting['rules']>): object {
  const { version, rules: matched, looked, required, preferred, priority, rings, overflow } = rules;
  return {
    version,
    matched,
    looked,
    requiredSkills: required,
    preferredSkills: preferred,
    ...(priority === undefined ? {} : { priority }),
    rings: rings.map(({ afterMs, ...ring }) => ({ afterSeconds: secondsOf(afterMs), ...ring })),
    overflow: overflow.map(({ afterMs, ...way }) => ({
      ...way,
      ...(afterMs === undefined ? {} : { afterSeconds: secondsOf(afterMs) }),
    })),
  };
}
