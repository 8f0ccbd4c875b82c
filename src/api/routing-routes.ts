import { Router } from 'express';
import { as } from '../platform/ids.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import type { SimulatedRouting } from '../sessions/simulate-session.ts';
import { checkedBody, unprocessable } from './checked-body.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { readJson } from './read-json.ts';
import { simulateBody } from './routing-schema.ts';
import { secondsOf } from './seconds.ts';

export interface RoutingRoutesOptions {
  readonly routing: Pick<RoutingDesk, 'simulate'>;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/routing';

/**
 * `POST /simulate`: which rules would be looked at for a session that might come, what they would say, and then who would be asked now and
 * why, or what keeps each agent from it. Changes nothing.
 */
export function routingRoutes({ routing, guard }: RoutingRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.post(
    `${base}/simulate`,
    guard.repeatable(base, async ({ tenant, request, response }) => {
      const { queue, line, waitedSeconds, ...session } = checkedBody(simulateBody, await readJson(request));
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
      response.json(shown(found, session.network));
    }),
  );
  return router;
}

function shown({ queue, rules, opensAt, ...found }: SimulatedRouting, network: string): object {
  return {
    queue,
    network,
    outcome: found.asked === undefined ? 'waits' : 'offered',
    ...(opensAt === undefined || !Number.isFinite(opensAt)
      ? {}
      : { opensAt: new Date(opensAt).toISOString() }),
    ...found,
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
